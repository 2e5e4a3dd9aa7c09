"""Emitted code, values and gradients against PyTorch."""
