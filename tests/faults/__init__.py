"""Processes killed at any moment, under load."""
