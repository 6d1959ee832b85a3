"""One worker's end of the Lambda Runtime API: a listening socket of its own, read one request at a time.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import http.client
import select
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

GLANCE = 0.05
"""Seconds between looks at whether a silent worker still lives."""


class Gone(Exception):
    """The worker ended instead of asking."""


class Late(Exception):
    """The worker asked nothing before the deadline."""


@dataclass(frozen=True)
class Call:
    """One request of the runtime client."""

    method: str
    path: str
    body: bytes


class Connection:
    """What one worker asks, in order: a worker never has two requests open, but may reconnect between them."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listener.getsockname())
        self._socket: socket.socket | None = None
        self._stream: BinaryIO | None = None

    def receive(self, deadline: float, is_alive: Callable[[], bool]) -> Call:
        """Wait for the worker's next request; raises Gone when it died, Late at the deadline (monotonic seconds)."""
        while True:
            alive = is_alive()  # before looking, so that a dead worker's last words are still read
            ready = self._readable(min(GLANCE, max(0.0, deadline - time.monotonic())) if alive else 0)
            if self._listener in ready:
                self._accept()
            elif ready and (call := self._read(deadline)):
                return call
            elif not ready and not alive:
                raise Gone
            elif not ready and time.monotonic() >= deadline:
                raise Late

    def reply(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """Answer the request received last; raises Gone when nobody is there to hear it."""
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        if self._socket is None:
            raise Gone
        try:
            self._socket.settimeout(None)
            self._socket.sendall(f"HTTP/1.1 {status} {http.client.responses[status]}\r\n{head}\r\n".encode() + body)
        except OSError as error:
            raise Gone from error

    def close(self) -> None:
        """Stop listening and hang up."""
        self._listener.close()
        self._hang_up()

    def _readable(self, seconds: float) -> list[socket.socket]:
        sockets = [self._listener] + ([self._socket] if self._socket else [])
        return select.select(sockets, [], [], seconds)[0]

    def _accept(self) -> None:
        self._hang_up()
        self._socket = self._listener.accept()[0]
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._socket.makefile("rb")

    def _read(self, deadline: float) -> Call | None:
        """One whole request; None, and hung up, where the worker closed or broke the connection."""
        if self._socket is None or self._stream is None:
            return None
        self._socket.settimeout(max(GLANCE, deadline - time.monotonic()))
        try:
            method, path, _ = self._stream.readline().decode().split()
            headers = http.client.parse_headers(self._stream)
            length = int(headers.get("Content-Length", "0"))
            body = self._stream.read(length)
        except TimeoutError as error:
            raise Late from error
        except (OSError, ValueError):
            self._hang_up()
            return None
        return Call(method, path, body) if len(body) == length else None

    def _hang_up(self) -> None:
        for part in (self._stream, self._socket):
            if part is not None:
                part.close()
        self._stream = self._socket = None
