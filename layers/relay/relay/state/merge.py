"""The state of an entity: each field with the version of the event that set it, merged field by field.

A version is text that compares: how much the status absorbs, the time, the place in the lifecycle, the event's id.
The larger wins, of equal versions the larger value. So `merge` is commutative, associative and idempotent: neither the
order of events nor their repetition changes the outcome.
"""

Value = str | int
State = dict[str, tuple[str, Value]]  # field -> (version, value)


def version(absorbing: int, time: str, rank: int, event_id: str) -> str:
    """Return the version an event gives; an empty time is lower than any."""
    return f"{absorbing} {time} {rank:02} {event_id}"


def time_of(version: str) -> str:
    """Return the time of a version, empty where the event told none."""
    return version.split(" ", 2)[1]


def merge(one: State, other: State) -> State:
    """Return for each field what the higher version says; an absent field loses to any."""
    return {name: max((state[name] for state in (one, other) if name in state), key=_order) for name in one | other}


def _order(versioned: tuple[str, Value]) -> tuple[str, bool, Value]:
    version, value = versioned
    return version, isinstance(value, str), value
