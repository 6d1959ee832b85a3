"""The spool: raw requests kept while something else is broken, in a queue, or as objects where the queue cannot.

A spooled request is JSON: source, receivedat, signature, the secret version that verified it (null: nobody yet), and
the body in Base64, compressed where that makes it smaller.
"""

import base64
import gzip
import hashlib
import json
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import NamedTuple, Protocol

from relay.deadline import Deadline
from relay.errors import MalformedEnvelope, RelayError, Unavailable
from relay.request import Request
from relay.telemetry import count
from relay.times import moment7

PREFIX = "spool/"
MAX_MESSAGE_BYTES = 1023 * 1024  # SQS takes 1 MiB, attributes included; what is larger becomes an object
_WORTH_COMPRESSING = 1024
# Of an answer's deadline: how long the queue is waited for alone, and how long both it and the bucket.
_QUEUE_SHARE, _SPOOL_SHARE = 0.65, 0.97


class Queue(Protocol):
    def send(self, body: str) -> None: ...


class Objects(Protocol):
    def put(self, key: str, content: bytes, content_type: str) -> None: ...


class Budget:
    """Bytes of unverified requests that may be spooled in a minute, so that forgers cannot fill the spool."""

    def __init__(self, bytes_per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = bytes_per_minute
        self._clock = clock
        self._since, self._spent = clock(), 0

    def spend(self, size: int) -> None:
        """Take from this minute's bytes; raises Unavailable where they do not suffice."""
        if self._clock() - self._since >= 60:
            self._since, self._spent = self._clock(), 0
        if self._spent + size > self._limit:
            count("SpoolBudgetSpent")
            raise Unavailable("this minute's bytes for unverified requests are spent")
        self._spent += size


class Spool(NamedTuple):
    """Keeps requests; a durable copy exists when `keep` returns."""

    queue: Queue
    objects: Objects
    budget: Budget

    def keep(self, request: Request, version: str | None, deadline: Deadline) -> None:
        """Keep a request, verified by a secret's version or by none yet; raises Unavailable when no store takes it."""
        if version is None:
            self.budget.spend(len(request.body))
        text = pack(request, version)
        sending = [deadline.begin(self.queue.send, text)] if len(text) <= MAX_MESSAGE_BYTES else []
        if not sending or not _sent(sending[0], deadline):
            putting = deadline.begin(self.objects.put, _key(request), text.encode(), "application/json")
            deadline.first(_SPOOL_SHARE, *sending, putting)  # should both take it, it is drained twice: harmless
        count("EventsSpooled")


def _sent(sending: Future[None], deadline: Deadline) -> bool:
    try:
        deadline.first(_QUEUE_SHARE, sending)
    except RelayError:
        count("SpoolQueueFailed")
        return False
    return True


def pack(request: Request, version: str | None) -> str:
    """Return a request as text that any store takes."""
    body = request.body
    packed = gzip.compress(body, compresslevel=1, mtime=0) if len(body) > _WORTH_COMPRESSING else body
    smaller = len(packed) < len(body)
    return json.dumps(
        {
            "source": request.source,
            "receivedat": moment7(request.received_at),
            "signature": request.signature,
            "secretversion": version,
            "encoding": "gzip" if smaller else "identity",
            "body": base64.b64encode(packed if smaller else body).decode(),
        }
    )


def unpack(text: str) -> tuple[Request, str | None]:
    """Return a spooled request and the secret version that verified it; raises MalformedEnvelope, never quoting it."""
    try:
        kept = json.loads(text)
        body = base64.b64decode(kept["body"], validate=True)
        request = Request(
            kept["source"],
            datetime.fromisoformat(kept["receivedat"]),
            kept["signature"],
            gzip.decompress(body) if kept["encoding"] == "gzip" else body,
        )
        return request, kept["secretversion"]
    except (ValueError, TypeError, KeyError, RecursionError, OSError, EOFError, zlib.error) as error:
        raise MalformedEnvelope(f"not a spooled request: {type(error).__name__}") from None


def _key(request: Request) -> str:
    digest = hashlib.sha256(request.body).hexdigest()[:32]
    return f"{PREFIX}{moment7(request.received_at)}-{request.source}-{digest}.json"
