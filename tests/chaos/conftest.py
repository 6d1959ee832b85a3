"""The embedded AWS' event source mappings are off here, so that tests decide what comes when."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from local.cloud import LocalCloud
from tests.chaos.mapping import switch_mappings
from tests.chaos.proxy import FaultProxy

ThroughProxy = Callable[[str], AbstractContextManager[FaultProxy]]


@pytest.fixture(scope="package", autouse=True)
def mappings_off(cloud: LocalCloud) -> Iterator[None]:
    switch_mappings(cloud, on=False)
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
