"""Orchestrator's own HTTP API: identity, webhooks and the lists a reconciler reads."""
