"""Telling of alerts: Alertmanager, signed webhooks, chat, mail and pagers."""
