"""The event API Gateway makes of an HTTP request: payload format version 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from local.edge.api import Api, Route

TEXTS = frozenset({"application/json", "application/xml", "application/javascript"})
"""Content types delivered as text, beside text/*; forms and bodies of no declared type come in Base64."""


@dataclass(frozen=True)
class HttpRequest:
    """One request as it came: `target` undecoded, header fields in order, the body whole."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str

    @property
    def path(self) -> str:
        """The path as HTTP APIs give it: every escape is decoded except that of the percent sign."""
        return re.sub(r"(?:%(?!25)[0-9A-Fa-f]{2})+", _decoded, self.target.partition("?")[0])

    @property
    def query(self) -> str:
        """The query string, undecoded."""
        return self.target.partition("?")[2]


def event_of(request: HttpRequest, api: Api, route: Route, parameters: dict[str, str]) -> dict[str, Any]:
    """The whole invocation event; members that would be empty are left out, as API Gateway does."""
    headers = joined((name.lower(), value) for name, value in request.fields)
    cookies = [cookie for cookie in re.split(r"[;,] *", headers.pop("cookie", "")) if cookie]
    content, is_base64 = delivered(request.body, headers.get("content-type", ""))
    optional = {
        "cookies": cookies,
        "queryStringParameters": joined(parse_qsl(request.query, keep_blank_values=True)),
        "pathParameters": parameters,
        "body": content,
    }
    return {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers | forwarded(request),
        "requestContext": context(request, api, route, headers.get("user-agent", "")),
        "isBase64Encoded": is_base64,
    } | {name: value for name, value in optional.items() if value}


def context(request: HttpRequest, api: Api, route: Route, user_agent: str) -> dict[str, Any]:
    """The event's requestContext."""
    now = time.time()
    return {
        "accountId": api.account,
        "apiId": api.id,
        "domainName": f"{api.id}.execute-api.{api.region}.amazonaws.com",
        "domainPrefix": api.id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": user_agent,
        },
        "requestId": base64.b64encode(os.urandom(11)).decode(),
        "routeKey": route.key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }


def forwarded(request: HttpRequest) -> dict[str, str]:
    """The headers API Gateway adds itself."""
    return {
        "content-length": str(len(request.body)),
        "x-forwarded-for": request.source_ip,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def delivered(body: bytes, content_type: str) -> tuple[str, bool]:
    """The body as text where its type says text and it is UTF-8, else in Base64, and whether it is that."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return "", False
    try:
        if kind in TEXTS or kind.startswith("text/"):
            return body.decode(), False
    except UnicodeDecodeError:
        pass
    return base64.b64encode(body).decode(), True


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values of one name joined by commas."""
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _decoded(found: re.Match[str]) -> str:
    return unquote_to_bytes(found[0]).decode(errors="replace")
