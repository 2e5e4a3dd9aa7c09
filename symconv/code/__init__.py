"""Equation x schedule x template = readable Python."""
