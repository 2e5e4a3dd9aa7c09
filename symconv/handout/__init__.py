"""Derivations and exact numbers as a document, in English and Chinese; the document as LaTeX."""
