"""Recordings of other tools turned into batches: a file for each format, and what all of them share."""
