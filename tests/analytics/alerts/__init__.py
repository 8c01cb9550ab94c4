"""Alert rules: what they say, what they read, when they fire."""
