"""Scheduled reports: when one is due it is made, and brought to whom it is for, once."""
