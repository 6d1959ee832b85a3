"""What a group's module declares: which event type makes what of an entity, and what is kept of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic.alias_generators import to_pascal

OPEN, ENDED, DELETED = range(3)  # how much a status absorbs: later words of a lesser class change nothing


class Step(NamedTuple):
    """What one event type says: its place in the lifecycle, and the status, None where the entity itself tells it.

    Of the fields it `clears` it says by leaving them out that the entity has none.
    """

    rank: int
    status: str | None = None
    clears: tuple[str, ...] = ()


def _silent(_: Any) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entity. Statuses `asked_for` are indexed; after those `settled` nothing more is expected."""

    name: str
    steps: Mapping[str, Step]
    fields: tuple[str, ...] = ()
    absorbing: Mapping[str, int] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    asked_for: frozenset[str] = frozenset()
    reported: Callable[[Any], str | None] = _silent
    status: Callable[[Any], str | None] = _silent
    envelope: tuple[str, ...] = ("tenantid", "folderid")

    def scalars(self, entity: Any, cleared: tuple[str, ...] = ()) -> dict[str, str | int | None]:
        """Return the whitelisted fields under the payload's own names: `robot.machine_name` as RobotMachineName.

        What the entity does not have is None, or empty text where it is `cleared`.
        """
        said = {path: attrgetter(path)(entity) for path in self.fields}
        empty = {path: "" for path in cleared if said[path] is None}
        return {_member(path): value for path, value in (said | empty).items()}


@cache
def _member(path: str) -> str:
    return to_pascal(path.replace(".", "_"))
