"""The chapters of a handout, each from a pen to its parts."""
