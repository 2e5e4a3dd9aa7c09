"""Derivations and exact numbers as a document, in each language: frozen data, with its figures as shapes."""
