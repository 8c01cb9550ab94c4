"""Tests of settings, log files, store, migrations, own metrics and journal."""
