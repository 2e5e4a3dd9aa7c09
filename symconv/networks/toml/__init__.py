"""A network as a TOML file: read, and written."""
