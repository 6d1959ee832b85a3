"""What an invocation comes back with, and the errors Lambda itself answers with."""

import json
from dataclasses import dataclass

REQUEST_LIMIT = 6_291_456
"""Bytes of one synchronous request: "must be smaller than 6291456 bytes for the InvokeFunction operation"."""

RESPONSE_LIMIT = 6_291_556
"""Bytes of one response: "exceeded maximum allowed payload size (6291556 bytes)"."""


@dataclass(frozen=True)
class Answer:
    """A function's answer: its JSON, and `function_error` ("Unhandled") where it failed, as Lambda's Invoke has it."""

    payload: bytes
    function_error: str | None
    request_id: str

    def value(self) -> object:
        """The payload as a Python value; None for an empty one."""
        return json.loads(self.payload) if self.payload else None


class InvocationRefused(Exception):
    """Lambda did not run the function at all."""


class UnknownFunction(InvocationRefused):
    """No function of this name is served."""


class Throttled(InvocationRefused):
    """Every worker of the function stayed busy for too long."""


class NotStarted(InvocationRefused):
    """A worker cannot be started: its role's credentials are not to be had."""


class RequestTooLarge(InvocationRefused):
    """The event is not smaller than Lambda's limit."""


def failure(request_id: str, kind: str, message: str) -> Answer:
    """The answer Lambda itself gives for a function that ended without one."""
    body = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    return Answer(json.dumps(body).encode(), "Unhandled", request_id)
