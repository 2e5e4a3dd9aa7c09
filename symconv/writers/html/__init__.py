"""The document as a page, and its drawings as SVG."""
