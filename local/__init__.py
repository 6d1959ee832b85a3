"""The whole relay on one machine: what takes the place of AWS, of Orchestrator and of the people it tells."""
