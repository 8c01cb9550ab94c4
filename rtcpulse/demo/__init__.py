"""The demo: real calls through an impaired relay, and a modelled fleet with an hour of history."""
