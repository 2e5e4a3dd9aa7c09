"""Sheets for a whole class: the roster read, the work spread, what is finished kept, whatever happens on the way."""
