"""Recorded getStats series, this project's own and those of others, turned into batches and sent through."""
