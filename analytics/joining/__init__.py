"""Joining: which sessions are one person's, seen by the client and by servers."""
