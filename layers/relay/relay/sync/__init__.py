"""Webhook configuration as code: Orchestrator's side is kept as layers/config/sources.yaml wants it."""
