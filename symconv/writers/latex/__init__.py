"""The document as LaTeX, its drawings as TikZ."""
