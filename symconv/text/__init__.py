"""What is written in words and signs: sentences, rich text, LaTeX's text, names in order, about how wide."""
