"""Tests of the collector: what it admits, stamps and leaves out, over both of its doors."""
