"""Tiers by directory, what each may touch, and one local cloud for the whole session."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # imported where it is used: most tests need neither
    from local.cloud import LocalCloud
    from tests.local_cloud import Archive

TIERS = ("unit", "property", "contract", "integration", "e2e", "chaos")
ON_LOOPBACK = ("integration", "e2e", "chaos")
HERE = Path(__file__).parent
SLOW_SECONDS = 3

# No test may reach an account of whoever runs it.
for name in [name for name in os.environ if name.startswith(("AWS_", "POWERTOOLS_"))]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "OrchestratorRelay/test",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its tier, close sockets where it has none, and run the quick tiers first."""
    for item in items:
        tier = _tier(item)
        item.add_marker(tier)
        if tier in ON_LOOPBACK:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))
        else:
            item.add_marker(pytest.mark.disable_socket)
    items.sort(key=lambda item: TIERS.index(_tier(item)))


def _tier(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]


@pytest.fixture(autouse=True)
def _log_level() -> Iterator[None]:
    """Commands silence the application's log in their own process; here it is everybody's."""
    from relay.telemetry import logger

    before = logger.log_level
    yield
    logger.setLevel(before)


@pytest.fixture(scope="session")
def cloud(request: pytest.FixtureRequest) -> "Iterator[LocalCloud]":
    """The whole relay on ports of its own, nothing sent yet; tests keep apart by the keys and ids they use."""
    from local.cloud import LocalCloud
    from tests.local_cloud import unscheduled

    @contextmanager
    def step(name: str) -> Iterator[None]:
        slow = threading.Timer(SLOW_SECONDS, _say, (request.config, f"{name} ..."))
        slow.start()
        try:
            yield
        finally:
            slow.cancel()

    with LocalCloud(step=step) as running:
        yield unscheduled(running)


@pytest.fixture(scope="session")
def archive(cloud: "LocalCloud") -> "Archive":
    from tests.local_cloud import Archive

    return Archive(cloud)


def _say(config: pytest.Config, text: str) -> None:
    """Write a line past pytest's capturing."""
    capture = config.pluginmanager.getplugin("capturemanager")
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if capture and reporter:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n{text}")
