"""Expressions evaluated exactly: one by one, in loops, as dual numbers, and as whole tensors."""
