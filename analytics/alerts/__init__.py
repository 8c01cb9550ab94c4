"""Alerts: rules over minutes, sessions and incidents, by the time of the data."""
