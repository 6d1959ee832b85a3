"""Orchestrator Relay: webhooks of UiPath Orchestrator, kept and given their effect once."""
