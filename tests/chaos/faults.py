"""What can be wrong with a store, as faults for the proxy: answers as AWS gives them, or none, or too late."""

import time
from collections.abc import Mapping
from typing import Literal, get_args

from tests.chaos.proxy import Answer, Call, Cut, Fault, Forward, Reset

Kind = Literal["throttle", "5xx", "timeout", "reset", "denied", "slow", "unanswered", "garbled"]
KINDS: tuple[Kind, ...] = get_args(Kind)

HANG_SECONDS = 6.0  # longer than any client of ours waits
SLOW_SECONDS = 1.4  # later than the answer's deadline here, but before ingest's client gives up

# Error codes and statuses as each service documents them.
_REFUSALS: dict[Kind, dict[str, tuple[int, str]]] = {
    "throttle": {
        "s3": (503, "SlowDown"),
        "sqs": (400, "RequestThrottled"),
        "sns": (429, "Throttled"),
        "dynamodb": (400, "ProvisionedThroughputExceededException"),
        "secrets_manager": (400, "ThrottlingException"),
    },
    "5xx": {
        "s3": (500, "InternalError"),
        "sqs": (500, "InternalFailure"),
        "sns": (500, "InternalError"),
        "dynamodb": (500, "InternalServerError"),
        "secrets_manager": (500, "InternalServiceError"),
    },
    "denied": {
        "s3": (403, "AccessDenied"),
        "sqs": (403, "AccessDenied"),
        "sns": (403, "AuthorizationError"),
        "dynamodb": (400, "AccessDeniedException"),
        "secrets_manager": (400, "AccessDeniedException"),
    },
}
_XML = {
    "s3": "<Error><Code>{}</Code><Message>told to fail</Message></Error>",
    "sns": "<ErrorResponse><Error><Code>{}</Code><Message>told to fail</Message></Error></ErrorResponse>",
}


def broken(kinds: Mapping[str, Kind], slow: float = SLOW_SECONDS) -> Fault:
    """Return the fault that breaks each of these services in its way; all others pass."""

    def fault(call: Call, forward: Forward) -> Answer:
        kind = kinds.get(call.service)
        return _broken(kind, call.service, forward, slow) if kind else forward()

    return fault


def _broken(kind: Kind, service: str, forward: Forward, slow: float) -> Answer:
    match kind:
        case "timeout":  # never done
            time.sleep(HANG_SECONDS)
            raise Cut
        case "reset":
            raise Reset
        case "unanswered":  # done, and nobody is told
            forward()
            raise Reset
        case "slow":  # done, and told late
            time.sleep(slow)
            return forward()
        case "garbled":  # by something between, which knows nothing of AWS
            return Answer(502, [("Content-Type", "text/html")], b"<!DOCTYPE html><title>502 Bad Gateway</title>")
    return _refusal(service, *_REFUSALS[kind][service])


def _refusal(service: str, status: int, code: str) -> Answer:
    if service in _XML:
        return Answer(status, [("Content-Type", "text/xml")], _XML[service].format(code).encode())
    body = f'{{"__type":"{code}","message":"told to fail"}}'.encode()
    return Answer(status, [("Content-Type", "application/x-amz-json-1.0")], body)
