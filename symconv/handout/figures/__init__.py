"""Figures: pictures placed in millimetres, as shapes."""
