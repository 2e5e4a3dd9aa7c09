"""The handout with blanks, its solution, and what a page knows about the answers."""
