"""A child process that cannot outlive us, and what it listens on."""

import ctypes
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

STOP_SECONDS = 5
PR_SET_PDEATHSIG = 1
LISTENING = "0A"


class Child:
    """A running program with an environment of its own and its output in a file."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as output:
            # A session of its own: Ctrl-C reaches us alone, and we stop things in order.
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.pid = self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    def ending(self) -> str:
        """How it ended: "signal SIGKILL" or "exit code 1"."""
        code = self._process.wait()
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def stop(self) -> None:
        """Ask it to end, then make it end."""
        if not self.running():
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """On Linux the kernel ends the child with the thread that started it, even if that is killed."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def listens_on(pid: int) -> Iterator[str]:
    """The addresses of a process' listening TCP sockets; none where the system does not tell (only Linux does)."""
    inodes = set(_socket_inodes(pid))
    for family, table in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        path = Path(f"/proc/{pid}/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in inodes:
                yield _address(family, fields[1].partition(":")[0])


def _socket_inodes(pid: int) -> Iterator[str]:
    directory = Path(f"/proc/{pid}/fd")
    for descriptor in directory.iterdir() if directory.exists() else ():
        try:
            target = str(descriptor.readlink())
        except OSError:  # closed meanwhile
            continue
        if target.startswith("socket:["):
            yield target[8:-1]


def _address(family: socket.AddressFamily, text: str) -> str:
    """The kernel prints an address as 32-bit words in this computer's byte order."""
    words = [bytes.fromhex(text[start : start + 8]) for start in range(0, len(text), 8)]
    return socket.inet_ntop(family, b"".join(word[::-1] if sys.byteorder == "little" else word for word in words))
