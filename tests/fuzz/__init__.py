"""Rubbish and oddities without end: the collector and ingest answer all of it, and none of it is our fault."""
