"""Importing: what each format becomes, and what is left out of it."""
