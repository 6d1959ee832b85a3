"""What a receiver of notices got, and how it answers: as its real service does, or as a test wants it to fail."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from local.loopback import Answer, BadRequest

TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@dataclass(frozen=True)
class Message:
    """One POST as it came; header names in lower case, `status` is what the sender was answered."""

    number: int
    receiver: str
    path: str
    at: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    def described(self) -> dict[str, object]:
        """Return the message for the control API, the body both as text and as Base64."""
        encoded = {"body": self.body.decode(errors="replace"), "body_base64": base64.b64encode(self.body).decode()}
        return {**self.__dict__, "accepted": self.accepted, **encoded}


@dataclass
class Fault:
    """How the next `times` messages of a receiver are met: after `hang` seconds, with `status` where one is given."""

    status: int | None = None
    retry_after: int | str | None = None
    times: int = 1
    hang: float = 0.0

    def answer(self) -> Answer | None:
        if self.status is None:
            return None
        after = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return Answer(self.status, b"told to fail", {**TEXT, **after})

    @classmethod
    def read(cls, options: Mapping[str, object]) -> "Fault":
        """Return the fault that a control request describes; raises BadRequest."""
        match {"times": 1, "status": None, "retry_after": None, "hang": 0, **options}:
            case {
                "times": int(times),
                "status": int() | None as status,
                "hang": int() | float() as hang,
                "retry_after": int() | str() | None as retry_after,
                **rest,
            } if not rest:
                return cls(status, retry_after, times, hang)
        raise BadRequest("a fault has a receiver, and optionally status, retry_after, times and hang")


def usual_answer(kind: str, body: bytes) -> Answer:
    """Answer as the kind's real service does (api.slack.com/messaging/webhooks; Teams workflows accept with 202)."""
    if kind == "teams":
        return Answer(202)
    if kind == "inbox":
        return Answer(200, b"received", TEXT)
    complaint = _slack_complaint(body)
    return Answer(400, complaint, TEXT) if complaint else Answer(200, b"ok", TEXT)


def _slack_complaint(body: bytes) -> bytes | None:
    try:
        message = json.loads(body)
    except ValueError:
        return b"invalid_payload"
    if not isinstance(message, dict):
        return b"invalid_payload"
    return None if message.keys() & {"text", "blocks", "attachments"} else b"no_text"
