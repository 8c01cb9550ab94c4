"""Tests of the dashboard: its pure parts, and its pages in Chromium against the running service."""
