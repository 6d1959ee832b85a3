"""Who lives in the tenant and what they do all day."""

from functools import partial

from local.orchestrator.life import definitions, items, jobs, robots, tasks
from local.orchestrator.life.stage import Stage

MINUTE, HOUR = 60.0, 3600.0


def begin(life: Stage) -> None:
    """Found the tenant in its first minute, and start everything that happens again and again."""
    definitions.found(life)
    robots.found(life)
    life.after(90, partial(items.leave_behind, life))
    life.after(2 * MINUTE, partial(_everyday, life))


def _everyday(life: Stage) -> None:
    life.often(7 * MINUTE, partial(jobs.create, life))
    life.often(25 * MINUTE, partial(items.add, life))
    life.often(20 * MINUTE, partial(tasks.create, life))
    life.often(2 * HOUR, partial(robots.falter, life))
    life.often(5 * HOUR, partial(robots.change, life))
    life.often(3 * HOUR, partial(definitions.fail_schedule, life))
    life.often(4 * HOUR, partial(definitions.change_release, life))
    life.often(5 * HOUR, partial(definitions.change_queue, life))
    life.often(9 * HOUR, partial(definitions.come_and_go, life))
