"""A model of PyTorch read as a network."""
