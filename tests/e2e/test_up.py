"""`relayctl up` as a person uses it: another process, real signals, ports that are taken."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.aws import HOST, free_port, in_use
from local.build import ROOT
from local.child import listens_on
from local.instance import INSTANCES

RELAYCTL = [sys.executable, "-m", "relayctl"]
JOB_FAULTED = "events/webhooks/job.faulted.json"
UP_SECONDS = 60
COLUMNS = 80
# What a developer's shell may hold, none of which is for the relay on this computer.
NOWHERE = f"http://{HOST}:9"
ELSEWHERE = {
    "AWS_PROFILE": "of-nobody",
    "AWS_ENDPOINT_URL": NOWHERE,
    "HTTP_PROXY": NOWHERE,
    "http_proxy": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
}


def relayctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RELAYCTL, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


class Up:
    """A `relayctl up` of our own, in a session of its own as a terminal gives it."""

    def __init__(self, *options: str, port: int | None = None) -> None:
        self.port, self.aws_port = port or free_port(), free_port()
        command = [*RELAYCTL, "up", "--port", str(self.port), "--aws-port", str(self.aws_port), *options]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **ELSEWHERE},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def outputs(self) -> dict[str, str]:
        """What `relayctl outputs` says once the relay is up."""
        until = time.monotonic() + UP_SECONDS
        while time.monotonic() < until:
            said = relayctl("outputs", "--json", "--port", str(self.port))
            if not said.returncode:
                read: dict[str, str] = json.loads(said.stdout)
                return read
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.2)
        raise AssertionError(f"not up within {UP_SECONDS} s: {said.stderr}")

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for children in listed for pid in children.read_text().split()]

    def ended(self) -> tuple[int, str]:
        """Exit code and all that was said."""
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out + err


@contextmanager
def up(*options: str, port: int | None = None) -> Iterator[Up]:
    running = Up(*options, port=port)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()
        shutil.rmtree(INSTANCES / str(running.port), ignore_errors=True)


def gone(pids: list[int]) -> bool:
    """Whether none of the processes runs any more, waiting a little."""
    until = time.monotonic() + 5
    while any(_runs(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_demo_accounts_for_every_documented_event_and_stops() -> None:
    with up("--once") as demo:
        code, said = demo.ended()

    assert code == 0, said
    assert "28 events sent, 28 archived byte for byte" in said
    assert "sync made webhook 1 relay-main in Orchestrator" in said
    assert re.search(r"SubscribeToAllEvents +false +true", said)
    assert said.count("the canary came from Orchestrator into state") == 2
    assert max(map(len, said.splitlines())) <= COLUMNS
    assert "✗" not in said
    assert not in_use(demo.port)
    assert not in_use(demo.aws_port)


def test_relay_serves_until_interrupted_and_leaves_nothing() -> None:
    with up("--no-send") as relay:
        outputs = relay.outputs()
        sent = relayctl("send", JOB_FAULTED, "--port", str(relay.port))
        forged = relayctl("send", JOB_FAULTED, "--port", str(relay.port), "--url", f"{outputs['WebhookUrl']}x")
        addresses = {address for pid in [relay.process.pid, *relay.children()] for address in listens_on(pid)}
        children = relay.children()

        relay.process.send_signal(signal.SIGINT)
        code, said = relay.ended()

    assert sent.returncode == 0, sent.stdout + sent.stderr
    assert forged.returncode == 1
    assert addresses == {HOST}
    assert code == 0, said
    assert "Traceback" not in said
    assert children
    assert gone(children)
    assert relayctl("outputs", "--json", "--port", str(relay.port)).returncode == 1


def test_two_relays_run_side_by_side() -> None:
    with up("--no-send") as one, up("--no-send") as other:
        first, second = one.outputs(), other.outputs()

        for relay in (one, other):
            relay.process.send_signal(signal.SIGTERM)
        codes = [relay.ended()[0] for relay in (one, other)]

    assert first["WebhookUrl"] != second["WebhookUrl"]
    assert first["AwsEndpointUrl"] != second["AwsEndpointUrl"]
    assert codes == [0, 0]


def test_second_relay_on_the_same_port_says_so() -> None:
    with up("--no-send") as relay:
        relay.outputs()

        code, said = Up("--no-send", port=relay.port).ended()

    assert code == 1
    assert said.strip() == f"The relay is already up on port {relay.port}. Choose another port with --port."


@pytest.mark.parametrize("taken", ["port", "aws-port"])
def test_busy_port_is_said_in_a_sentence(taken: str) -> None:
    with socket.create_server((HOST, 0)) as other:
        busy = other.getsockname()[1]
        ports = {"port": free_port(), "aws-port": free_port(), taken: busy}

        failed = relayctl("up", "--port", str(ports["port"]), "--aws-port", str(ports["aws-port"]))

    assert failed.returncode == 1
    assert failed.stderr == f"Port {busy} is in use by another program. Choose another with --{taken}.\n"


def test_killed_aws_is_said_in_a_sentence() -> None:
    with up("--no-send") as relay:
        relay.outputs()
        aws = next(pid for pid in relay.children() if "ministack" in Path(f"/proc/{pid}/cmdline").read_text())

        os.kill(aws, signal.SIGKILL)
        code, said = relay.ended()

    assert code == 1
    assert "The embedded AWS ended by itself (signal SIGKILL). Its log: " in said
    assert "Traceback" not in said


def test_killed_relay_takes_its_children_with_it() -> None:
    with up("--no-send") as relay:
        relay.outputs()
        relayctl("send", JOB_FAULTED, "--port", str(relay.port))
        children = relay.children()

        relay.process.kill()
        relay.process.communicate()

    assert children
    assert gone(children)
    assert relayctl("outputs", "--port", str(relay.port)).returncode == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_start_leaves_nothing(number: signal.Signals) -> None:
    with up("--no-send") as relay:
        until = time.monotonic() + UP_SECONDS
        while not relay.children() and time.monotonic() < until:
            time.sleep(0.01)
        children = relay.children()

        relay.process.send_signal(number)
        code, said = relay.ended()

    assert code == 130, said
    assert "Traceback" not in said
    assert gone(children)


def test_outputs_fail_where_the_port_belongs_to_something_else() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]

        failed = relayctl("outputs", "--json", "--port", str(port))

    assert failed.returncode == 1
    assert failed.stderr.startswith(f"No relay of this checkout is up: port {port} belongs to another program.")
    assert failed.stdout == ""
