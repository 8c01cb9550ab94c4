"""Two groups of sessions against each other: what differs, by how much, and how sure that is (docs/compare.md)."""
