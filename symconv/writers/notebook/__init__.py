"""The document as a notebook."""
