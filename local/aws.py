"""The embedded AWS: ministack as a child process on a loopback port, with IAM enforced."""

import os
import socket
import sys
import time
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.child import Child, listens_on

REGION = "eu-central-1"
ACCOUNT = "000000000000"
HOST = "127.0.0.1"
READY_SECONDS = 60


class AwsFailed(Exception):
    """The embedded AWS cannot serve; the text says what to do."""


class LocalAws:
    """One embedded AWS and its clients. Use it in `with`; its state is gone when it stops."""

    def __init__(self, port: int, directory: Path) -> None:
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self.log = directory / "aws.log"
        self._child: Child | None = None

    def start(self) -> Self:
        """Return once every service answers; raises AwsFailed."""
        if in_use(self.port):
            raise AwsFailed(f"Port {self.port} is in use by another program. Choose another with --aws-port.")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", PROGRAM]
        self._child = Child(command, environment(self.port, self.log.parent), self.log)
        try:
            self._await_ready()
            self._check_loopback()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def died(self) -> str | None:
        """A sentence about how it ended, None while it runs."""
        if self._child is None or self._child.running():
            return None
        return f"The embedded AWS ended by itself ({self._child.ending()}). Its log: {self.log}"

    def client(self, service: str) -> Any:
        """A botocore client of the account's root."""
        return client(service, self.url)

    def _await_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if ended := self.died():
                raise AwsFailed(ended)
            if self._answers():
                return
            time.sleep(0.05)
        raise AwsFailed(f"The embedded AWS was not ready within {READY_SECONDS} s. Its log: {self.log}")

    def _answers(self) -> bool:
        connection = HTTPConnection(HOST, self.port, timeout=5)  # of urllib's proxies, it knows none
        try:
            connection.request("GET", "/_ministack/ready")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _check_loopback(self) -> None:
        for address in listens_on(self.pid or 0):
            if address != HOST:
                raise AwsFailed(f"The embedded AWS listens on {address}, not on loopback only: stopped.")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def in_use(port: int) -> bool:
    """Whether something listens on this port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


# It keeps all it has in memory, so that full collections, which find next to nothing, would stop it for seconds.
PROGRAM = "import gc, runpy; gc.set_threshold(700, 10, 1_000_000); runpy.run_module('ministack', run_name='__main__')"


def free_port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def environment(port: int, directory: Path) -> dict[str, str]:
    """What ministack is told: loopback only, no listeners beside its port, IAM on, nothing of this computer's."""
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "AUTH": "true",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "LOG_LEVEL": "WARNING",
        "DOCKER_HOST": f"unix://{directory}/no-docker",  # it would stop containers of its own name
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }


# Nothing is read from the files and variables in which a developer keeps an account of their own.
NOBODY = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}


@cache
def client(service: str, url: str) -> Any:
    """A botocore client of the embedded AWS at this address, with root's fixed fake credentials."""
    import botocore.session
    from botocore.config import Config

    return botocore.session.Session(session_vars=NOBODY).create_client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
        config=Config(retries={"total_max_attempts": 1}, read_timeout=60, proxies={}),
    )
