"""What was asked of this Orchestrator, so that a test can say which requests a run made, and that it wrote nothing."""

import re
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

REMEMBERED = 5_000
_ID = re.compile(r"\(\d+\)")


@dataclass(frozen=True)
class Asked:
    """One request; `path` is below the base, `status` None where no answer was given."""

    number: int
    method: str
    path: str
    query: Mapping[str, str]
    status: int | None

    @property
    def route(self) -> str:
        """The request without ids: `PATCH /odata/Webhooks({id})`."""
        return f"{self.method} {_ID.sub('({id})', self.path)}"

    @property
    def writes(self) -> bool:
        """Tell whether it asks for a change of configuration; tokens and pings are none."""
        return self.method != "GET" and not self.path.endswith(("/connect/token", ".Ping"))


class Journal:
    """Remembers requests in the order they were answered; safe for threads."""

    def __init__(self) -> None:
        self._asked: deque[Asked] = deque(maxlen=REMEMBERED)
        self._numbers = count(1)
        self._lock = threading.Lock()

    def note(self, method: str, path: str, query: Mapping[str, str], status: int | None) -> None:
        with self._lock:
            self._asked.append(Asked(next(self._numbers), method, path, dict(query), status))

    def all(self, after: int = 0) -> list[Asked]:
        with self._lock:
            return [asked for asked in self._asked if asked.number > after]

    def counts(self, after: int = 0) -> dict[str, int]:
        """Count requests by method and path."""
        return dict(Counter(asked.route for asked in self.all(after)))

    def writes(self, after: int = 0) -> list[Asked]:
        """Return the requests that asked for a change of configuration."""
        return [asked for asked in self.all(after) if asked.writes]

    @property
    def last(self) -> int:
        """The number of the latest request, 0 before the first: what `after` takes."""
        with self._lock:
            return self._asked[-1].number if self._asked else 0

    def clear(self) -> None:
        with self._lock:
            self._asked.clear()
