"""Every store of every consumer fails: nothing is lost, and once it works again all is as if it had never failed.

CI runs one kind for each consumer and store; `make chaos` runs all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.receiver import Fault as Answered
from tests.chaos.conftest import ThroughProxy
from tests.chaos.consumer import SLOW_SECONDS, Consumer
from tests.chaos.courier import RECEIVER, Courier
from tests.chaos.faults import KINDS, Kind, broken
from tests.chaos.outcome import archived, held
from tests.chaos.tally import TALLY
from tests.chaos.test_kill_notices import delivered, delivery

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

SERVICES = {"queue": "sqs", "table": "dynamodb", "bucket": "s3", "secrets": "secrets_manager"}
USED = {
    ("Archive", "bucket"): "throttle",
    ("State", "table"): "denied",
    ("State", "bucket"): "reset",
    ("Notify", "bucket"): "5xx",
    ("Notify", "queue"): "unanswered",
    ("Deliver", "table"): "5xx",
    ("Deliver", "queue"): "reset",
    ("Deliver", "secrets"): "throttle",
}
OUTCOMES: dict[str, Callable[[LocalCloud, str], object]] = {"Archive": archived, "State": held, "Notify": delivered}


def cells(*consumers: str) -> list[Any]:
    return [
        pytest.param(
            consumer,
            store,
            kind,
            marks=() if kind == in_ci else pytest.mark.exhaustive,
            id=f"{consumer.lower()}, {store} {kind}",
        )
        for (consumer, store), in_ci in USED.items()
        for kind in KINDS
        if consumer in consumers
    ]


@pytest.fixture(scope="module")
def undisturbed(cloud: LocalCloud, through_proxy: ThroughProxy) -> Callable[[str], object]:
    """What a consumer makes of the story when nothing fails."""
    found: dict[str, object] = {}

    def outcome(name: str) -> object:
        if name not in found:
            with through_proxy(f"{name}Function") as proxy:
                Consumer(cloud, proxy, f"{name}Function").run(f"calm-{name.lower()}")
            found[name] = OUTCOMES[name](cloud, f"calm-{name.lower()}")
        return found[name]

    return outcome


@pytest.mark.parametrize(("consumer", "store", "kind"), cells("Archive", "State", "Notify"))
def test_broken_store_changes_nothing_in_the_end(
    cloud: LocalCloud,
    through_proxy: ThroughProxy,
    undisturbed: Callable[[str], object],
    consumer: str,
    store: str,
    kind: Kind,
) -> None:
    expected, source = undisturbed(consumer), f"{consumer}-{store}-{kind}".lower()

    with noted(f"{consumer.lower()}, {store} {kind}"), through_proxy(f"{consumer}Function") as proxy:
        left = Consumer(cloud, proxy, f"{consumer}Function").run_broken(source, SERVICES[store], kind)

        assert (left > 0) == (kind != "slow")
        assert OUTCOMES[consumer](cloud, source) == expected


@pytest.mark.parametrize(("consumer", "store", "kind"), cells("Deliver"))
def test_notice_arrives_once_though_a_store_of_deliver_is_broken(
    cloud: LocalCloud, through_proxy: ThroughProxy, consumer: str, store: str, kind: Kind
) -> None:
    courier, notice = Courier(cloud), delivery(f"deliver-{store}-{kind}")
    courier.let_an_hour_pass(notice.notice.id)  # whatever the receiver suffered before
    if store == "queue":  # which deliver calls only where a notice is to wait
        cloud.inbox.fault(RECEIVER, Answered(status=503))

    with noted(f"deliver, {store} {kind}"), through_proxy("DeliverFunction") as proxy:
        message = courier.put(notice)
        with proxy.watched(broken({SERVICES[store]: kind}, SLOW_SECONDS)) as calls:
            done = courier.try_once(message)
        while not done:
            courier.let_an_hour_pass(notice.notice.id)
            done = courier.try_once(message := courier.again(message))

        assert SERVICES[store] in {call.service for call in calls}
        assert courier.told(notice.notice.id) == 1


@contextmanager
def noted(name: str) -> Iterator[None]:
    """Print the cell's line, whatever becomes of it."""
    try:
        yield
    except AssertionError:
        TALLY.compared(name, same=False)
        raise
    TALLY.compared(name, same=True)
