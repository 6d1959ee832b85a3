"""Stands between functions and the embedded AWS, one listener per service, and has calls fail as it is told.

A fault has its say in every call: it is given the call and the way to forward it, and returns the answer. It may act
before or after forwarding, wait, answer in AWS's place, or raise Cut, which closes the connection without an answer.
"""

import itertools
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from local.loopback import LoopbackServer

SERVICES = ("s3", "sqs", "dynamodb", "sns", "secrets_manager")  # as AWS_ENDPOINT_URL_<SERVICE> spells them
PATIENCE_SECONDS = 30
_BETWEEN_HOPS = ("connection", "keep-alive", "expect", "content-length", "transfer-encoding")
_OBJECT_OPERATIONS = {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}


class Cut(Exception):
    """The connection ends without an answer."""


class Reset(Cut):
    """It ends with a TCP reset."""


class Request(NamedTuple):
    """One request as it came, its path as it was written."""

    method: str
    path: str
    headers: Message
    body: bytes


class Answer(NamedTuple):
    """One answer as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Call(NamedTuple):
    """One call; they are numbered from 1 over all services, in the order they arrive."""

    number: int
    service: str
    operation: str

    def __str__(self) -> str:
        return f"call {self.number}, {self.service} {self.operation}"


Forward = Callable[[], Answer]
Fault = Callable[[Call, Forward], Answer]


def no_fault(_: Call, forward: Forward) -> Answer:
    """Let a call pass."""
    return forward()


class FaultProxy:
    """Use it in `with`, and give a function's workers its `environment`."""

    def __init__(self, aws_url: str) -> None:
        self._aws = urlsplit(aws_url).netloc
        self._servers = {
            service: LoopbackServer(partial(self._answer, service), handler=_Handler) for service in SERVICES
        }
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._calls: list[Call] = []
        self._fault: Fault = no_fault
        self._running = ExitStack()

    def __enter__(self) -> Self:
        for server in self._servers.values():
            self._running.enter_context(server)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    def environment(self) -> dict[str, str]:
        """The variables by which botocore comes here instead of to AWS_ENDPOINT_URL."""
        return {f"AWS_ENDPOINT_URL_{service.upper()}": server.url for service, server in self._servers.items()}

    @contextmanager
    def watched(self, fault: Fault = no_fault) -> Iterator[list[Call]]:
        """Number calls from 1 again, note each, and give the fault its say, until the block ends."""
        calls: list[Call] = []
        with self._lock:
            self._numbers, self._calls, self._fault = itertools.count(1), calls, fault
        try:
            yield calls
        finally:
            with self._lock:
                self._calls, self._fault = [], no_fault

    def _answer(self, service: str, request: Request) -> Answer:
        with self._lock:
            call, fault = Call(next(self._numbers), service, _operation(request)), self._fault
            self._calls.append(call)
        return fault(call, partial(self._forward, request))

    def _forward(self, request: Request) -> Answer:
        connection = HTTPConnection(self._aws, timeout=PATIENCE_SECONDS)
        try:
            connection.request(request.method, request.path, request.body, dict(_end_to_end(request.headers.items())))
            response = connection.getresponse()
            return Answer(response.status, list(_end_to_end(response.getheaders())), response.read())
        finally:
            connection.close()


def _end_to_end(headers: Any) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in headers if name.lower() not in _BETWEEN_HOPS)


def _operation(request: Request) -> str:
    """The API's name of a call: in a header (JSON protocols), in the body (SNS), or meant by the method (S3)."""
    if target := request.headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    if "form-urlencoded" in request.headers.get("Content-Type", ""):
        return parse_qs(request.body.decode()).get("Action", ["?"])[0]
    return _OBJECT_OPERATIONS.get(request.method, request.method)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, answer: Callable[[Request], Answer], *arguments: Any) -> None:
        self.answer = answer
        super().__init__(*arguments)

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            answer = self.answer(Request(self.command, self.path, self.headers, body))
        except Cut as cut:
            self.close_connection = True
            if isinstance(cut, Reset):
                self._reset()
            return
        self.send_response_only(answer.status)
        for name, value in [*answer.headers, ("Content-Length", str(len(answer.body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _reset(self) -> None:
        """Close with nothing lingering, which the kernel tells the peer by RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""
