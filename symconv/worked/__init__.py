"""The derivations with one network's numbers: exact values, gradients, one step of learning; and the textbook case."""
