"""What happens once nothing is broken any more: spooled requests are drained, and every queue runs empty."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from local.cloud import LocalCloud
from relayctl.dlq.consumers import CONSUMERS, Place
from relayctl.dlq.redrive import redrive
from relayctl.dlq.sweep import Choice
from tests.chaos.mapping import mappings_on

QUEUES = ("Spool", "Archive", "State", "Notify", "Delivery")  # in the order of an event's way
SWEEP = b'{"source":"aws.events"}'  # as drain's schedule invokes it
DONE_SECONDS = 60
SEEN_SECONDS = 10


class InVain(AssertionError):
    """What was waited for did not come."""


def settle(cloud: LocalCloud, done: Callable[[], bool]) -> None:
    """Sweep the spool's objects and have every message handled until all is done; the mappings are to be off.

    A copy of a notice that came while the first was being sent is put off for a minute; those are not waited for.
    """
    with mappings_on(cloud):
        await_true(lambda: swept(cloud), "a sweep of the spool's objects")
        await_true(lambda: not any(all_waiting(cloud, "QueueUrl")[:-1]), "the queues to be empty")
        await_true(done, "every event's effects", SEEN_SECONDS)


def swept(cloud: LocalCloud) -> bool:
    """Invoke drain as its schedule does; whether it got through, which it does not where it has just failed."""
    return cloud.host.invoke(cloud.stack.functions["DrainFunction"], SWEEP).function_error is None


def all_waiting(cloud: LocalCloud, kind: str, queues: Iterable[str] = QUEUES) -> list[int]:
    """Return how many messages each queue holds, received ones included; the first in an event's way is read first."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    urls = [cloud.stack.outputs[f"{queue}{kind}"] for queue in queues]
    sqs = cloud.aws.client("sqs")
    told = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
    return [sum(int(attributes[name]) for name in names) for attributes in told]


def await_true(condition: Callable[[], bool], what: str, within: float = DONE_SECONDS) -> None:
    """Raise InVain when it has not become true after so many seconds."""
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            raise InVain(f"waited {within:g} s in vain for {what}")
        time.sleep(0.1)


def redrive_all(cloud: LocalCloud) -> None:
    """Do what an operator does once all is repaired: take dead letters back to their queues."""
    sqs, cloudwatch = (cloud.aws.client(service) for service in ("sqs", "cloudwatch"))
    place, said = Place(cloud.stack.outputs, True, sqs, cloudwatch), list[str]()
    for consumer in CONSUMERS:
        redrive(place.letters(consumer), Choice(), None, local=True, say=said.append, note=said.append)


@contextmanager
def shorter_visibility(cloud: LocalCloud, seconds: int) -> Iterator[None]:
    """Set it for every queue, and put back what the template says."""
    sqs, urls = cloud.aws.client("sqs"), [cloud.stack.outputs[f"{queue}QueueUrl"] for queue in QUEUES]
    name = "VisibilityTimeout"
    before = {url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"] for url in urls}
    for url in urls:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
    try:
        yield
    finally:
        for url, attributes in before.items():
            sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
