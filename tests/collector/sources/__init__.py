"""Foreign formats at the collector."""
