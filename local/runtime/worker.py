"""One `awslambdaric` process: started with Lambda's environment, given one invocation at a time, killed when late."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.runtime.answer import RESPONSE_LIMIT, Answer, failure
from local.runtime.connection import Call, Connection, Gone, Late
from local.runtime.function import Credentials, Function

INIT_LIMIT = 30
"""Seconds for a worker's imports; Lambda gives 10, on a computer that is not also running a test suite."""

LOG_LIMIT = 8 * 1024 * 1024
"""Bytes after which a log file becomes its own `.1`."""

ROOM = 1024 * 1024 * 1024
"""Bytes of address space beyond four times the function's memory: threads and libraries reserve more than they use."""


@dataclass
class Launcher:
    """Everything needed to start one more worker of a function; `extra` are variables laid over its environment."""

    function: Function
    python: Path
    log: Path
    environment: Mapping[str, str]
    credentials: Callable[[Function], Credentials]
    spawner: Executor
    extra: Mapping[str, str] = field(default_factory=dict)

    def start(self, generation: int) -> "Worker":
        """A new worker, still importing its handler."""
        credentials, connection = self.credentials(self.function), Connection()
        given = {"AWS_LAMBDA_RUNTIME_API": connection.address, **credentials.environment()}
        environment = {**self.function.environment(), **self.environment, **self.extra, **given}
        process = self.spawner.submit(self._spawn, environment).result()
        return Worker(self, process, connection, generation, credentials.expires)

    def _spawn(self, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """Runs in the host's one spawner thread: Linux ties a parent's death to the thread that was the parent."""
        command = [*dies_with_parent(), str(self.python), "-m", "awslambdaric", self.function.handler]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.function.code,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if sys.platform == "linux":
            limit = 4 * self.function.memory * 1024 * 1024 + ROOM
            with suppress(ProcessLookupError):  # it may have ended already
                resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, limit))
        return process

    def note(self, line: str) -> None:
        """Add a line of Lambda's own to the log."""
        with self.log.open("a") as log:
            log.write(line + "\n")

    def bound_log(self) -> None:
        """Copy and truncate the log once it is long: workers append, so what they write next starts a short file."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            shutil.copyfile(self.log, self.log.with_name(self.log.name + ".1"))
            os.truncate(self.log, 0)


def dies_with_parent() -> list[str]:
    """The command that makes a worker die with its host. Without it a worker ends once it asks a host that is gone."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


class Worker:
    """One process and its end of the Runtime API."""

    def __init__(
        self,
        launcher: Launcher,
        process: "subprocess.Popen[bytes]",
        connection: Connection,
        generation: int,
        expires: float,
    ) -> None:
        self.launcher, self.generation = launcher, generation
        self.pid = process.pid
        self._process, self._connection, self._expires = process, connection, expires

    def invoke(self, request_id: str, payload: bytes) -> Answer:
        """Run one invocation to its end, which may be the worker's own."""
        function = self.launcher.function
        try:
            call = self._connection.receive(time.monotonic() + INIT_LIMIT, self.is_alive)
            if call.path.endswith("/init/error"):
                return self._failed_init(request_id, call)
            self._hand_over(request_id, payload)
            return self._result(request_id, time.monotonic() + function.timeout)
        except Late:
            self.kill()
            return self._failure(request_id, "Sandbox.Timedout", f"Task timed out after {function.timeout:.2f} seconds")
        except Gone:
            return self._failure(request_id, "Runtime.ExitError", f"Runtime exited with error: {self._end()}")

    def _hand_over(self, request_id: str, payload: bytes) -> None:
        function = self.launcher.function
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + function.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": function.arn,
        }
        self._connection.reply(200, payload, headers)

    def _result(self, request_id: str, deadline: float) -> Answer:
        call = self._connection.receive(deadline, self.is_alive)
        if len(call.body) > RESPONSE_LIMIT:
            self._connection.reply(413)
            what = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            return self._failure(request_id, "Function.ResponseSizeTooLarge", what)
        self._connection.reply(202)
        failed = call.path.endswith("/error")
        return Answer(call.body, "Unhandled" if failed else None, request_id)

    def _failed_init(self, request_id: str, call: Call) -> Answer:
        self._connection.reply(202)
        self.kill()
        return Answer(call.body, "Unhandled", request_id)

    def _failure(self, request_id: str, kind: str, message: str) -> Answer:
        self.launcher.note(f"RequestId: {request_id} Error: {message} ({kind})")
        return failure(request_id, kind, message)

    def _end(self) -> str:
        code = self._process.wait()
        return f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def is_fit(self) -> bool:
        """Whether the worker lives and its credentials outlast one more invocation."""
        return self.is_alive() and time.time() + INIT_LIMIT + self.launcher.function.timeout < self._expires

    def kill(self) -> None:
        """End the process and whatever it started; whoever waits for its answer learns that it is gone."""
        if self.is_alive():
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def retire(self) -> None:
        """Kill a worker that no invocation uses, and free its address."""
        self.kill()
        self._connection.close()
