"""Tests of the comparison's statistics."""
