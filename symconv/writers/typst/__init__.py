"""The document as Typst."""
