"""The answer rule: what a request to the webhook's URL is answered, and what is kept before it is.

Orchestrator counts every answer but a 2xx as a failure and turns the webhook off for an hour (UiPath, "About
webhooks"), so an authentic request is refused only where nothing is left to keep it in.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from relay.deadline import Deadline
from relay.errors import RelayError, Unauthorized, Unavailable, UnknownSource
from relay.event import wrap
from relay.keyring import Keyring
from relay.publish import Publisher
from relay.request import Request, received, remembered, verified
from relay.spool import Spool
from relay.telemetry import count, logger

# Of the deadline; what one store leaves over is the next one's. The spool's own shares are in relay/spool.py.
_SECRETS_SHARE, _PUBLISH_SHARE = 0.30, 0.50


class Ingest(NamedTuple):
    """What ingest works with; `answer` is the whole of it, and takes at most `seconds`."""

    keyring: Keyring
    publisher: Publisher
    spool: Spool
    seconds: float = 3.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer an API Gateway HTTP API request (payload format 2.0); never raises an error of ours."""
        deadline = Deadline(self.seconds, self.clock)
        try:
            return _answered(200, **self._kept(received(event, self.now()), deadline))
        except Unauthorized as error:
            count("Unauthorized")
            return _answered(401, message=str(error))
        except UnknownSource as error:
            count("UnknownSource")
            return _answered(404, message=str(error))
        except RelayError as error:
            count("EventsUnkept")
            logger.error("event not kept", extra={"error": type(error).__name__, "reason": str(error)})
            return _answered(503, message="the event could not be kept; send it again")

    def _kept(self, request: Request, deadline: Deadline) -> dict[str, str]:
        version = None
        try:
            version = self._version(request, deadline)
            return {"id": self._published(request, version, deadline)}
        except Unavailable as error:
            logger.warning("event spooled", extra={"reason": str(error), "verified": version is not None})
            self.spool.keep(request, version, deadline)
            return {"kept": "spool"}

    def _version(self, request: Request, deadline: Deadline) -> str:
        if keys := self.keyring.fresh(request.source):
            return verified(request, self.keyring, keys)  # nothing here can take its time
        try:
            return deadline.within(_SECRETS_SHARE, verified, request, self.keyring)
        except Unavailable:
            if version := remembered(request, self.keyring):
                return version
            raise

    def _published(self, request: Request, version: str, deadline: Deadline) -> str:
        envelope = wrap(
            request.body, relaysource=request.source, received_at=request.received_at, secret_version=version
        )
        deadline.within(_PUBLISH_SHARE, self.publisher.publish, envelope)
        count("EventsAccepted")
        return str(envelope.attributes["id"])


def _answered(status: int, **content: str) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}
