"""The HTTP answer API Gateway makes of a function's: payload format version 2.0, and its own for what fails.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from local.runtime.answer import Answer

OWN = frozenset({"connection", "content-length", "transfer-encoding"})
"""Header fields that the server writes itself."""


@dataclass(frozen=True)
class Reply:
    """An answer ready to be written."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes


def message(status: int, text: str) -> Reply:
    """An answer of the edge's own."""
    return Reply(status, (("content-type", "application/json"),), json.dumps({"message": text}).encode())


FAILED = message(500, "Internal Server Error")
"""What the sender sees of any failure behind the edge: no details."""


def reply_of(answer: Answer) -> Reply:
    """The function's answer as HTTP; a failed function, or an answer that cannot be one, is a 500 without details."""
    if answer.function_error:
        return FAILED
    try:
        value = answer.value()
        return _formatted(value) if isinstance(value, dict) and "statusCode" in value else _inferred(value)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return FAILED


def _inferred(value: object) -> Reply:
    body = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Reply(200, (("content-type", "application/json"),), body.encode())


def _formatted(value: dict[str, Any]) -> Reply:
    status = int(value["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError("no HTTP status")
    body = (value.get("body") or "").encode()
    fields = {name.lower(): _field(content) for name, content in (value.get("headers") or {}).items()}
    fields = {"content-type": "text/plain;charset=UTF-8"} | {n: v for n, v in fields.items() if n not in OWN}
    cookies = [("set-cookie", _field(cookie)) for cookie in value.get("cookies") or []]
    content = base64.b64decode(body, validate=True) if value.get("isBase64Encoded") else body
    return Reply(status, (*fields.items(), *cookies), content)


def _field(value: object) -> str:
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    if "\r" in text or "\n" in text:
        raise ValueError("a header field of several lines")
    text.encode("latin-1")
    return text
