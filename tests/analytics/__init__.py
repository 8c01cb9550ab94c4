"""Tests of the jobs and of the questions that the dashboard asks."""
