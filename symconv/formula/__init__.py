"""Formulas as trees: read from the handout's own LaTeX, measured, broken into lines, and written in every language."""
