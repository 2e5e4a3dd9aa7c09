"""Networks of one shape with other numbers, drawn from a seed until they are pleasant to compute with by hand."""
