"""`relayctl up`: the whole relay on this computer, until Ctrl-C or, with `once`, until its events are accounted for."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError
from rich.console import Console

from local.aws import AwsFailed
from local.build import BuildFailed
from local.cloud import Ended, LocalCloud, NotInstalled
from local.deploy import DeployFailed
from local.instance import AlreadyUp, Instance
from local.loopback import PortBusy
from local.report import show
from local.tables import YES

SAID = (NotInstalled, AlreadyUp, PortBusy, AwsFailed, BuildFailed, DeployFailed, Ended)
WATCH_SECONDS = 0.5
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_interrupted = threading.Event()


def up(*, port: int, aws_port: int, send: bool = True, once: bool = False) -> int:
    """Return the exit code: 1 if something is missing or failed, which is then said in a sentence."""
    console = Console(highlight=False, soft_wrap=True)
    sys.unraisablehook = _say_unless_interrupted
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        return _run(console, port, aws_port, send, once)
    except SAID as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        console.print("stopped before it was done")
        return 130


def _run(console: Console, port: int, aws_port: int, send: bool, once: bool) -> int:
    with Instance(port) as instance, _local_cloud(console, instance, aws_port) as cloud:
        instance.publish(cloud.outputs())
        complete = show(cloud, console) if send else True
        if once:
            return 0 if complete else 1
        _serve(cloud, console)
        return 0


@contextmanager
def _local_cloud(console: Console, instance: Instance, aws_port: int) -> Iterator[LocalCloud]:
    """The cloud; while it stops, no second Ctrl-C can leave something running."""

    @contextmanager
    def step(name: str) -> Iterator[None]:
        began = time.monotonic()
        with console.status(f"{name} ..."):
            yield
        _heed()
        console.print(f"{YES} {name} [dim]{time.monotonic() - began:.1f} s[/]")

    with LocalCloud(port=instance.port, aws_port=aws_port, directory=instance.directory, step=step) as cloud:
        try:
            yield cloud
        except BotoCoreError:
            cloud.check()
            raise
        finally:
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)


def _serve(cloud: LocalCloud, console: Console) -> None:
    outputs = cloud.outputs()
    console.print(f"\nThe relay takes webhooks at\n  {outputs['WebhookUrl']}")
    console.print(f"The simulated Orchestrator is at {outputs['OrchestratorUrl']}.")
    console.print(f"The embedded AWS is at {outputs['AwsEndpointUrl']}, logs are in\n  {cloud.directory}")
    console.print("In another terminal:")
    for command in ("send events/webhooks/job.faulted.json", "sync plan", "source check main"):
        console.print(f"  .venv/bin/relayctl {command}{_port(cloud)}")
    console.print("Ctrl-C stops everything.")
    try:
        while True:
            _heed()
            cloud.check()
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        console.print("\nstopping ...")


def _interrupt(*_: object) -> None:
    _interrupted.set()
    raise KeyboardInterrupt


def _say_unless_interrupted(dropped: "sys.UnraisableHookArgs") -> None:
    if not isinstance(dropped.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)


def _heed() -> None:
    """Python drops an exception that a signal raises inside some callbacks, as around a fork; this finds it again."""
    if _interrupted.is_set():
        raise KeyboardInterrupt


def _port(cloud: LocalCloud) -> str:
    return "" if cloud.port == 3000 else f" --port {cloud.port}"
