"""The edge's HTTP/1.1 server, with the limits of an HTTP API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

from local.edge.api import Api
from local.edge.event import HttpRequest, event_of
from local.edge.reply import Reply, message, reply_of
from local.loopback import LoopbackServer
from local.runtime.answer import Answer, InvocationRefused, RequestTooLarge

BODY_LIMIT = 10 * 1024 * 1024
HEAD_LIMIT = 10_240
"""Bytes of request line and header values together."""


class Malformed(Exception):
    """The request is not HTTP."""


class TooLong(Exception):
    """The body is larger than API Gateway takes."""


class Edge:
    """Serves a deployed HTTP API on 127.0.0.1; `invoke` is RuntimeHost.invoke. Use it in `with`, or start and stop."""

    def __init__(self, api: Api, invoke: Callable[[str, bytes], Answer], port: int = 0) -> None:
        self.api, self._invoke = api, invoke
        self._server = LoopbackServer(self.respond, port, handler=_Handler)
        self._waiting = ThreadPoolExecutor(max_workers=64, thread_name_prefix="integration")
        self.port, self.url = self._server.port, self._server.url

    def start(self) -> Self:
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut open connections; functions already running are the runtime host's to end."""
        self._server.stop()
        self._waiting.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def respond(self, request: HttpRequest) -> Reply:
        """Run the function behind the request's route, for as long as its integration may take."""
        matched = self.api.match(request.method, request.path)
        if matched is None:
            return message(404, "Not Found")
        route, parameters = matched
        event = event_of(request, self.api, route, parameters)
        payload = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            return reply_of(self._waiting.submit(self._invoke, route.function, payload).result(route.timeout))
        except RequestTooLarge:
            return message(413, "Request Too Long")
        except (TimeoutError, InvocationRefused):
            return message(503, "Service Unavailable")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, respond: Callable[[HttpRequest], Reply], *arguments: Any) -> None:
        self.respond = respond
        super().__init__(*arguments)

    def _serve(self) -> None:
        try:
            reply = self._reply()
        except TooLong:
            reply = message(413, "Request Entity Too Large")
            self.close_connection = True
        except Malformed:
            reply = message(400, "Bad Request")
            self.close_connection = True
        self._write(reply)

    def _reply(self) -> Reply:
        fields = tuple((name, _text(value)) for name, value in self.headers.items())
        body = self._body()
        if len(self.requestline) + sum(len(value) for _, value in self.headers.items()) > HEAD_LIMIT:
            return message(431, "Request Header Fields Too Large")
        return self.respond(HttpRequest(self.command, self.path, fields, body, self.client_address[0]))

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            raise Malformed
        return self._exactly(int(length), BODY_LIMIT)

    def _chunks(self) -> list[bytes]:
        chunks, room = [], BODY_LIMIT
        while size := self._chunk_size():
            chunks.append(self._exactly(size, room))
            room -= size
            self._line()
        while self._line():  # trailers
            pass
        return chunks

    def _chunk_size(self) -> int:
        size = self._line().partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            raise Malformed
        return int(size, 16)

    def _exactly(self, length: int, room: int) -> bytes:
        if length > room:
            self._discard(length)
            raise TooLong
        data = self.rfile.read(length)
        if len(data) < length:
            raise ConnectionResetError("the sender hung up within the body")
        return data

    def _discard(self, length: int) -> None:
        """Read a little beyond the limit, so that a sender in the middle of its body sees the answer."""
        self.connection.settimeout(1)
        with suppress(TimeoutError):
            self.rfile.read(min(length, 4 * BODY_LIMIT))

    def _line(self) -> bytes:
        return self.rfile.readline(HEAD_LIMIT).strip()

    def _write(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.fields:
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent: paths hold the relay's token."""


def _text(value: str) -> str:
    """A field's value, which http.server reads as Latin-1, in UTF-8 where it is that."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
