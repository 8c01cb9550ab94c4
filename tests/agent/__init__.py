"""Tests of the Python agent."""
