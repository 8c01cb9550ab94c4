"""PLUMBING: settings, the log and store ports with their adapters, migrations, own metrics. Knows nothing of WebRTC."""
