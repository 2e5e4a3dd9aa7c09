"""What is kept in files: which of them are generated, and the formats of a handout."""
