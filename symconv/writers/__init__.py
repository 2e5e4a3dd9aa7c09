"""A document on paper, on a screen, in a notebook: each writer reads the model and makes nothing up."""
