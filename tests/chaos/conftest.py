"""A cloud of its own, its deadline for answers shortened and its event source mappings off: tests decide what comes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from local.cloud import LocalCloud
from tests.chaos.healing import QUEUES
from tests.chaos.mapping import switch_mappings
from tests.chaos.proxy import FaultProxy
from tests.chaos.tally import TALLY
from tests.local_cloud import unscheduled

ANSWER_SECONDS = 1.2

ThroughProxy = Callable[[str], AbstractContextManager[FaultProxy]]


@pytest.fixture(scope="package")
def cloud() -> Iterator[LocalCloud]:
    """The whole relay, its timeouts shortened by template parameter only."""
    with LocalCloud(parameters={"AnswerMilliseconds": f"{1000 * ANSWER_SECONDS:.0f}"}) as running:
        yield unscheduled(running)


@pytest.fixture(scope="package", autouse=True)
def quiet(cloud: LocalCloud) -> Iterator[None]:
    """No message is handled but by a test here."""
    switch_mappings(cloud, on=False)
    yield
    switch_mappings(cloud, on=True)


@pytest.fixture(scope="module", autouse=True)
def empty(cloud: LocalCloud, quiet: None) -> None:
    """No message of earlier modules is left, such as a notice's copy that deliver has put off for a minute."""
    for queue in QUEUES:
        for kind in ("QueueUrl", "DeadLetterQueueUrl"):
            cloud.aws.client("sqs").purge_queue(QueueUrl=cloud.stack.outputs[f"{queue}{kind}"])


@pytest.fixture(scope="package")
def through_proxy(cloud: LocalCloud) -> ThroughProxy:
    """Put a proxy of its own between a function and the embedded AWS while a block runs."""

    @contextmanager
    def put(logical_id: str) -> Iterator[FaultProxy]:
        name = cloud.stack.functions[logical_id]
        with FaultProxy(cloud.aws.url) as proxy:
            cloud.host.set_environment(name, proxy.environment())
            try:
                yield proxy
            finally:
                cloud.host.set_environment(name, {})

    return put


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """Leave out the dots where lines are printed, as `make chaos` has it."""
    quiet = report.passed and report.when == "call" and config.getoption("capture") == "no"
    return ("passed", "", "PASSED") if quiet else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """End with what all cells came to; where a test failed the numbers prove nothing."""
    if TALLY.cells:
        verdict = "" if exitstatus == 0 else "NOT PROVEN, tests failed: "
        terminalreporter.write_line(f"\nchaos: {verdict}{TALLY}")
