"""Derivations and exact numbers as a document, in English and Chinese: frozen data, with its figures as shapes."""
