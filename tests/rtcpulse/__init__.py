"""Tests of the front door: the commands as people type them, and the connections that they serve."""
