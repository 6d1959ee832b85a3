"""Hostile bodies without end, each sent through ingest and every consumer; `python -m tests.fuzz --help`."""
