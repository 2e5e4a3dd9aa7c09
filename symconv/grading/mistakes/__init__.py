"""The classic mistakes as changes of an equation."""
