"""One function under the real runtime client, in a process of its own whose CPU time is counted."""

import json
import resource
import subprocess
import time
from collections.abc import Iterable

from local.cloud import RUNTIME_PYTHON
from local.runtime.connection import Connection
from local.runtime.function import Function

LIMIT_SECONDS = 60


class Failed(Exception):
    """The measured function did not do its work; the text is its answer."""


def cpu_seconds(function: Function, environment: dict[str, str], events: Iterable[bytes] = ()) -> float:
    """Return the CPU seconds from the process's start until it has handled the events and asks for another one."""
    connection = Connection()
    process = subprocess.Popen(
        [str(RUNTIME_PYTHON.absolute()), "-m", "awslambdaric", function.handler],
        cwd=function.code,
        env={**function.environment(), **environment, "AWS_LAMBDA_RUNTIME_API": connection.address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        _handle(connection, process, events)
    finally:
        process.kill()
        process.wait()
        connection.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _handle(connection: Connection, process: "subprocess.Popen[bytes]", events: Iterable[bytes]) -> None:
    def asked() -> bytes:
        return connection.receive(time.monotonic() + LIMIT_SECONDS, lambda: process.poll() is None).body

    if said := asked():
        raise Failed(said.decode())
    for number, event in enumerate(events):
        deadline = str(int((time.time() + LIMIT_SECONDS) * 1000))
        headers = {"Lambda-Runtime-Aws-Request-Id": str(number), "Lambda-Runtime-Deadline-Ms": deadline}
        connection.reply(200, event, {**headers, "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:x"})
        answer = json.loads(asked())
        if answer.get("statusCode", 200) != 200 or answer.get("batchItemFailures") or "errorMessage" in answer:
            raise Failed(str(answer))
        connection.reply(202)
        asked()
