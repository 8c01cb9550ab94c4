"""STREAM: log to rows. Decode, normalise, deltas, insert, commit, recover, dead-letter."""
