"""What the end-to-end tests share beside the cloud itself."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cloud import LocalCloud
from local.instance import Instance
from tests.local_cloud import put_secret

Relayctl = Callable[..., "subprocess.CompletedProcess[str]"]

NOTIFICATIONS = """
receivers:
  operations: { kind: https }
  night: { kind: slack }
  finance: { kind: teams }
  nowhere: { kind: https }
  silent: { kind: https }
rules:
  - { name: all that went wrong, match: { severity: warning }, to: [operations, night] }
  - { name: faults, match: { types: [job.faulted], severity: error, processes: ["Invoice*"] }, to: [finance] }
  - { name: unreachable, match: { types: [job.faulted], processes: [Lost] }, to: [nowhere, silent] }
"""


@pytest.fixture(scope="package")
def receivers(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Several receivers instead of the one that layers/config names; gives the directory of the configuration.

    Nobody listens at `nowhere`, and `silent` is switched off.
    """
    directory = tmp_path_factory.mktemp("config")
    (directory / "notifications.yaml").write_text(NOTIFICATIONS)
    (directory / "sources.yaml").write_text("sources: { main: { base_url: https://orchestrator.example/tenant } }")
    put_secret(cloud, "receivers/night", f"{cloud.inbox.url}/slack/night")
    put_secret(cloud, "receivers/finance", f"{cloud.inbox.url}/teams/finance")
    put_secret(cloud, "receivers/nowhere", "http://127.0.0.1:1/nowhere")
    for name in ("NotifyFunction", "DeliverFunction"):
        cloud.host.set_environment(cloud.stack.functions[name], {"CONFIG_PATH": str(directory)})
    yield directory
    for name in ("NotifyFunction", "DeliverFunction"):
        cloud.host.set_environment(cloud.stack.functions[name], {})


@pytest.fixture(scope="session")
def relayctl(cloud: LocalCloud) -> Iterator[Relayctl]:
    """The operator's command, as a process of its own, for the session's cloud."""
    with Instance(cloud.edge.port) as instance:
        instance.publish(cloud.outputs())

        def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
            command = [sys.executable, "-m", "relayctl", *map(str, arguments), "--port", str(instance.port)]
            return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

        yield run
    shutil.rmtree(instance.directory)
