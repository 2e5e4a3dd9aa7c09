"""The layers, each with its fields, its shape and its equations in one place."""
