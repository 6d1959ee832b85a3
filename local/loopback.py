"""A small HTTP server for this computer only: 127.0.0.1, a daemon thread, stopped at once."""

import errno
import json
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

HOST = "127.0.0.1"


class PortBusy(Exception):
    """Another program listens on the wanted port; the text says what to do."""


class BadRequest(Exception):
    """The request cannot be understood; the text becomes the answer's `error`."""


@dataclass(frozen=True)
class Request:
    """One request, its body read whole."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json_object(self) -> dict[str, Any]:
        """Return the body's members, none for an empty body; raises BadRequest for anything but an object."""
        if not self.body:
            return {}
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadRequest("the body is not JSON") from error
        if not isinstance(value, dict):
            raise BadRequest("the body is not a JSON object")
        return value


@dataclass(frozen=True)
class Answer:
    """One answer; `headers` beside Content-Length."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Application = Callable[[Request], Answer]


def json_answer(status: int, value: object) -> Answer:
    body = json.dumps(value, ensure_ascii=False, indent=1).encode()
    return Answer(status, body + b"\n", {"Content-Type": "application/json; charset=utf-8"})


class LoopbackServer:
    """Serves one application on 127.0.0.1; port 0 means any free one. Use it in `with`, or call start and stop.

    `handler` speaks HTTP for the application: any BaseHTTPRequestHandler that takes it as its first argument.
    """

    def __init__(
        self,
        application: Callable[[Any], Any],
        port: int = 0,
        *,
        handler: Callable[..., BaseHTTPRequestHandler] | None = None,
    ) -> None:
        try:
            self._server = _Server((HOST, port), partial(handler or _Handler, application))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise PortBusy(f"port {port} cannot be used ({error.strerror}): choose another with --port") from error
        self.port: int = self._server.server_address[1]
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=self.url, daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut the connections that are still open."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.cut_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


_Connection = Any  # a socket; the base class allows datagrams too


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # the default of 5 refuses bursts

    def __init__(self, address: tuple[str, int], handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        self._connections: set[_Connection] = set()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's reverse lookup of the host name, which can be slow."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: _Connection, client_address: object) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: _Connection) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the peer was faster
                continue

    def handle_error(self, request: _Connection, client_address: object) -> None:
        """A peer that hangs up is no error of ours; anything else is printed as usual."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, application: Application, *arguments: Any) -> None:
        self.application = application
        super().__init__(*arguments)

    def _serve(self) -> None:
        answer = self._answer()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _answer(self) -> Answer:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return json_answer(411, {"error": "a Content-Length is needed"})
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=tuple(unquote(part) for part in parts.path.split("/") if part),
            query=dict(parse_qsl(parts.query)),
            headers=dict(self.headers.items()),
            body=self.rfile.read(int(length)),
        )
        try:
            return self.application(request)
        except BadRequest as error:
            return json_answer(400, {"error": str(error)})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent: whoever serves decides what is worth printing."""
