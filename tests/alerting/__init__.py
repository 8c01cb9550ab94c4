"""Whom alerts are told to: a receiver that fails, a real Alertmanager, the guard."""
