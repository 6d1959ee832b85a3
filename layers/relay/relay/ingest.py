"""The answer rule: what a request to the webhook's URL is answered, and what is kept before it is.

Orchestrator counts every answer but a 2xx as a failure and turns the webhook off for an hour (UiPath, "About
webhooks"), so an authentic request is refused only where nothing is left to keep it in.
"""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from relay.errors import RelayError, Unauthorized, UnknownSource
from relay.event import MAX_ENVELOPE_BYTES, Envelope, wrap
from relay.keyring import Keyring
from relay.orchestrator.signature import HEADER, claimed_digest, verifying_secret
from relay.safe import SOURCE_NAME
from relay.telemetry import count, logger

_SOURCE = re.compile(SOURCE_NAME, re.ASCII)


class Topic(Protocol):
    def publish(self, text: str, attributes: dict[str, str]) -> None: ...


class Payloads(Protocol):
    def deposit(self, body: bytes, sha256: str) -> str: ...


class Ingest(NamedTuple):
    """What ingest works with; `answer` is the whole of it."""

    keyring: Keyring
    topic: Topic
    payloads: Payloads
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer an API Gateway HTTP API request (payload format 2.0); never raises an error of ours."""
        try:
            return _answered(200, id=self._accept(request))
        except Unauthorized as error:
            count("Unauthorized")
            return _answered(401, message=str(error))
        except UnknownSource as error:
            count("UnknownSource")
            return _answered(404, message=str(error))
        except RelayError as error:
            count("Unkept")
            logger.error("event not kept", extra={"error": type(error).__name__, "reason": str(error)})
            return _answered(503, message="the event could not be kept; send it again")

    def _accept(self, request: dict[str, Any]) -> str:
        source, body = _source(request), _body(request)
        version = self._verified(source, body, request["headers"].get(HEADER))
        envelope = wrap(body, relaysource=source, received_at=self.now(), secret_version=version)
        self.topic.publish(self._bounded(envelope), envelope.message_attributes)
        count("EventsAccepted")
        return str(envelope.attributes["id"])

    def _verified(self, source: str, body: bytes, header: str | None) -> str:
        digest = claimed_digest(header)
        if digest is None:
            raise Unauthorized("signature missing or malformed: set the webhook's secret in Orchestrator")
        keys = self.keyring.keys(source)
        version = verifying_secret(digest, body, keys.pairs)
        if version is None:
            raise self._mismatch(self.keyring.is_fresh(keys))
        return version

    def _mismatch(self, final: bool) -> RelayError:
        if final:
            return Unauthorized("signature is wrong: the webhook's secret in Orchestrator is not the one stored here")
        return RelayError("the secrets cannot be read, so a mismatch proves nothing")

    def _bounded(self, envelope: Envelope) -> str:
        text = envelope.text()
        if envelope.size(text) <= MAX_ENVELOPE_BYTES:
            return text
        return envelope.text(self.payloads.deposit(envelope.body, str(envelope.attributes["datasha256"])))


def _source(request: dict[str, Any]) -> str:
    source: str = request["pathParameters"]["source"]
    if not _SOURCE.fullmatch(source):
        raise UnknownSource("a source's name has at most 32 characters of a-z, 0-9 and -")
    return source


def _body(request: dict[str, Any]) -> bytes:
    body: str = request.get("body") or ""
    return base64.b64decode(body) if request.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")


def _answered(status: int, **content: str) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}
