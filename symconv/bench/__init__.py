"""Emitted code against PyTorch's own in time and memory: figures to read, never a test."""
