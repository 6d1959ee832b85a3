"""The embedded AWS' event source mappings are off here, so that tests decide what comes when."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from local.cloud import LocalCloud
from tests.chaos.mapping import switch_mappings
from tests.chaos.proxy import FaultProxy

QUEUES = ("Archive", "State", "Notify", "Delivery")  # in the order of an event's way

ThroughProxy = Callable[[str], AbstractContextManager[FaultProxy]]


@pytest.fixture(scope="package", autouse=True)
def quiet(cloud: LocalCloud) -> Iterator[None]:
    """No message of earlier tests is left, and none is handled but by a test here."""
    switch_mappings(cloud, on=False)
    for queue in QUEUES:
        cloud.aws.client("sqs").purge_queue(QueueUrl=cloud.stack.outputs[f"{queue}QueueUrl"])
    yield
    switch_mappings(cloud, on=True)


@pytest.fixture
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
