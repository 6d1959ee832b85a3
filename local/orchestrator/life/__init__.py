"""A tenant's life by a seed: jobs, queue items, tasks and robots move, events are raised, and the truth is known."""

from local.orchestrator.life.life import DAY, Life
from local.orchestrator.life.stage import START
from local.orchestrator.life.world import Entity, World

__all__ = ["DAY", "START", "Entity", "Life", "World"]
