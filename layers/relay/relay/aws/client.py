"""botocore clients: made once at init, with bounded waits and few attempts."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from relay.errors import Refused, RelayError, Unavailable

# Beside errors of its own botocore lets through whatever its parsers stumble over (ResponseParserError, KeyError) in an
# answer that is not AWS', such as a gateway's page. To the caller each is a call that was not answered.
Failure = (Exception,)

# What the same call can never get past, by the error codes AWS documents for the services used here.
_FINAL = frozenset(
    (
        "InvalidParameter",
        "InvalidParameterValue",
        "ParameterValueInvalid",
        "ValidationException",
        "InvalidMessageContents",
    )
)


# One for all clients: what it has read of botocore's data makes each after the first ten times as quick to make.
_session = cache(botocore.session.get_session)


@cache
def client(service: str, *, connect: float = 1.0, read: float = 5.0, attempts: int = 3) -> Any:
    """Return the shared client of a service; `connect` and `read` are seconds for each attempt."""
    config = Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": "standard", "total_max_attempts": attempts},
        tcp_keepalive=True,
    )
    return _session().create_client(service, config=config)


def code_of(error: BaseException) -> str:
    """Return AWS's error code, or the error's class where the answer, if there was one, names none."""
    response = error.response if isinstance(error, ClientError) else {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)


def confirmed(answer: Mapping[str, object], what: str) -> None:
    """Raise where an answer lacks what AWS always says of a thing it has stored: then nobody knows that it has."""
    if not answer.get(what):
        raise LookupError(what)


def translated(error: BaseException, what: str) -> RelayError:
    """Return the error of ours for one of botocore's: what could not be done and why, without the request's content."""
    code = code_of(error)
    return (Refused if code in _FINAL else Unavailable)(f"{what}: {code}")
