"""Tests of the relay, the demo calls and the modelled fleet."""
