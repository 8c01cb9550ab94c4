"""The service under a steady load for a long time: what it holds must not grow."""
