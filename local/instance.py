"""What a running relay tells other commands: a file per port, locked for as long as it runs."""

import fcntl
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from local.aws import in_use
from local.build import ROOT

INSTANCES = ROOT / ".relay" / "instances"


class NotUp(Exception):
    """No relay of this checkout runs on the port, or not yet; the text says what to do."""


class AlreadyUp(Exception):
    """A relay of this checkout runs on the port."""


class Instance:
    """The running relay on one port: a directory for its logs, and its outputs once they are published."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.directory = INSTANCES / str(port)
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        """Take the port's place, empty; raises AlreadyUp."""
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = (self.directory / "lock").open("w")
        if not _locked(lock):
            lock.close()
            raise AlreadyUp(f"The relay is already up on port {self.port}. Choose another port with --port.")
        self._lock = lock
        for path in self.directory.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _file(self.port).unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def publish(self, outputs: Mapping[str, str]) -> None:
        """Say that the relay is up."""
        made = self.directory / "outputs.new"
        made.write_text(json.dumps(outputs, indent=2))
        made.rename(_file(self.port))


def outputs(port: int) -> dict[str, str]:
    """The outputs of the relay that is up on this port; raises NotUp."""
    if not _alive(port):
        belongs = "belongs to another program" if in_use(port) else "is not in use"
        remedy = "Start it with `make run`, or name a stack in AWS with --stack."
        raise NotUp(f"No relay of this checkout is up: port {port} {belongs}. {remedy}")
    try:
        read: dict[str, str] = json.loads(_file(port).read_text())
    except FileNotFoundError:
        raise NotUp(f"The relay on port {port} is still starting. Try again in a moment.") from None
    return read


def _file(port: int) -> Path:
    return INSTANCES / str(port) / "outputs.json"


def _alive(port: int) -> bool:
    """Whether a process holds the port's lock: the kernel lets go of it however the process ends."""
    try:
        with (INSTANCES / str(port) / "lock").open("r+") as lock:
            return not _locked(lock, tries=1)
    except FileNotFoundError:
        return False


def _locked(lock: IO[str], tries: int = 5) -> bool:
    """Take the lock; tried again a few times, since a reader holds it for a moment."""
    for _ in range(tries):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False
