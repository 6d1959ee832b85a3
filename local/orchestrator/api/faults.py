"""Faults a test orders: a status, no answer at all or a late one, before the request has its effect or after it."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal, get_args

from local.loopback import Answer, BadRequest
from local.orchestrator.api.errors import said

Kind = Literal["status", "reset", "hang", "html"]
When = Literal["before", "after"]
RetryAs = Literal["seconds", "date"]
HTML = b"<!doctype html><html><head><title>UiPath Orchestrator</title></head><body><app-root></app-root></body></html>"


@dataclass(frozen=True)
class Fault:
    """What meets the next `times` requests of a method (any without one) whose path contains `path`.

    `status`: that answer, with Retry-After where given. `reset`: the connection ends without an answer. `hang`: the
    same after `seconds`. `html`: a page with 200. `when` is before or after the request had its effect.
    """

    kind: Kind = "status"
    method: str | None = None
    path: str = ""
    status: int = 503
    retry_after: int | None = None
    retry_as: RetryAs = "seconds"
    seconds: float = 60.0
    when: When = "before"
    times: int = 1

    def meets(self, method: str, path: str) -> bool:
        return self.method in (None, method) and self.path in path

    @classmethod
    def read(cls, options: Mapping[str, object]) -> "Fault":
        """Return the fault that a control request describes; raises BadRequest."""
        allowed = {"kind": get_args(Kind), "when": get_args(When), "retry_as": get_args(RetryAs)}
        for name, value in options.items():
            if name not in cls.__dataclass_fields__ or (name in allowed and value not in allowed[name]):
                raise BadRequest(f"a fault has {', '.join(cls.__dataclass_fields__)}; {name} cannot be {value!r}")
        numbers = {"status", "retry_after", "seconds", "times"} & options.keys()
        if not all(isinstance(options[name], int | float) for name in numbers):
            raise BadRequest("status, retry_after, seconds and times are numbers")
        return cls(**options)  # type: ignore[arg-type]


@dataclass
class _Ordered:
    fault: Fault
    left: int


class Faults:
    """The faults still to come, first ordered first met; safe for threads."""

    def __init__(self) -> None:
        self._ordered: list[_Ordered] = []
        self._lock = threading.Lock()
        self._cleared = threading.Event()

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._ordered.append(_Ordered(fault, fault.times))

    def clear(self) -> None:
        """Forget what is still to come, and let what hangs end now."""
        with self._lock:
            self._ordered.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def left(self) -> int:
        with self._lock:
            return sum(ordered.left for ordered in self._ordered)

    def taken(self, method: str, path: str) -> Fault | None:
        """Return the fault that meets this request and count it as met."""
        with self._lock:
            met = next((ordered for ordered in self._ordered if ordered.fault.meets(method, path)), None)
            if met is None:
                return None
            met.left -= 1
            self._ordered = [ordered for ordered in self._ordered if ordered.left > 0]
            return met.fault

    def answer(self, fault: Fault) -> Answer:
        """Answer as the fault wants it; raises ConnectionError where nothing is to be answered."""
        if fault.kind == "hang":
            self._cleared.wait(fault.seconds)
        if fault.kind in ("hang", "reset"):
            raise ConnectionAbortedError("told to end the connection")
        if fault.kind == "html":
            return page()
        answer = said(fault.status, "told to fail", 0)
        return Answer(fault.status, answer.body, {**answer.headers, **retry_after(fault.retry_after, fault.retry_as)})


def page() -> Answer:
    """The single-page application's index, which a wrong path gets with 200."""
    return Answer(200, HTML, {"Content-Type": "text/html; charset=utf-8"})


def retry_after(seconds: int | None, form: RetryAs) -> dict[str, str]:
    """Return the header Retry-After in one of its two forms (RFC 9110, 10.2.3)."""
    if seconds is None:
        return {}
    if form == "seconds":
        return {"Retry-After": str(seconds)}
    at = datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=seconds)
    return {"Retry-After": format_datetime(at, usegmt=True)}
