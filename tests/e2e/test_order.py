"""A fixed sample of orders and duplications, through the real queues: each entity ends in one state."""

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.local_cloud import current, none_left, send, table, waiting

Payload = dict[str, Any]
Make = Callable[[str], list[Payload]]
ORDERS = ("as it happened", "backwards", "shuffled", "shuffled otherwise")


def moment(minute: int) -> str:
    return f"2026-03-01T12:{minute:02}:00.1234567Z"


def job(key: str) -> list[Payload]:
    """A job that is suspended, resumed and faults, and is told to have started once more after that."""

    def told(name: str, minute: int, state: str, **more: object) -> Payload:
        entity = {"Key": key, "Id": 7, "State": state, "StartTime": moment(1), "Info": name, **more}
        return {"Type": name, "EventId": f"{name}-{minute}", "Timestamp": moment(minute), "Job": entity}

    return [
        told("job.created", 0, "Pending"),
        told("job.started", 1, "Running"),
        told("job.suspended", 2, "Successful"),
        told("job.resumed", 3, "Resumed", ResumeTime=moment(3)),
        told("job.faulted", 4, "Faulted", EndTime=moment(4)),
        told("job.started", 5, "Running"),
    ]


def queue_item(key: str) -> list[Payload]:
    def told(name: str, minute: int, status: str, **more: object) -> Payload:
        entity = {"Key": key, "Status": status, "CreationTime": moment(0), "QueueDefinitionId": 4, **more}
        queue = {"Id": 4, "Name": f"queue at {minute}"}
        return {
            "Type": f"queueItem.{name}",
            "EventId": f"{name}-{minute}",
            "Timestamp": moment(minute),
            "QueueItem": entity,
            "Queue": queue,
        }

    return [
        told("added", 0, "New"),
        told("transactionStarted", 1, "InProgress", StartProcessing=moment(1)),
        told("updated", 2, "InProgress", Reference="reference"),
        told("transactionFailed", 3, "Failed", ProcessingException={"Type": "BusinessException", "Reason": "no"}),
        told("retried", 3, "Retried"),
    ]


def session(key: str) -> list[Payload]:
    def told(minute: int, state: str, unresponsive: bool = False) -> Payload:
        entity = {"SessionId": key, "State": state, "IsUnresponsive": unresponsive, "ReportingTime": moment(minute)}
        return {
            "Type": "robot.status",
            "EventId": f"status-{minute}",
            "Timestamp": moment(minute),
            "Sessions": [entity],
        }

    return [told(0, "Available"), told(1, "Busy"), told(2, "Busy", True), told(3, "Disconnected"), told(4, "Available")]


def task(key: str) -> list[Payload]:
    def told(name: str, minute: int, status: str, **more: object) -> Payload:
        entity = {"Id": key, "Title": f"task at {minute}", "Status": status, "CreationTime": moment(0), **more}
        return {"Type": f"task.{name}", "EventId": f"{name}-{minute}", "Timestamp": moment(minute), "Tasks": [entity]}

    return [
        told("created", 0, "Unassigned"),
        told("assignmentChanged", 1, "Pending", AssignedToUserId=5),
        told("saved", 2, "Pending", Action="draft"),
        told("forwarded", 3, "Pending", ForwardedByUserId=6),
        told("completed", 4, "Completed", Action="submit"),
    ]


KINDS: dict[str, tuple[Make, str]] = {
    "job": (job, "Faulted"),
    "queueItem": (queue_item, "Retried"),
    "session": (session, "Available"),
    "task": (task, "Completed"),
}


def ordered(payloads: list[Payload], order: str) -> list[Payload]:
    """The events in one order, some of them twice; as they happened, each comes once."""
    if order == "as it happened":
        return payloads
    if order == "backwards":
        return payloads[::-1] + payloads[:2]
    shuffled = payloads * 2
    random.Random(order).shuffle(shuffled)
    return shuffled


@pytest.fixture(scope="module")
def states(cloud):
    """Send every order of every kind, each to an entity of its own, and return what is known in the end."""
    entities = [(kind, order, f"{kind}-{order.replace(' ', '-')}") for kind in KINDS for order in ORDERS]
    told = {(kind, key): ordered(KINDS[kind][0](key), order) for kind, order, key in entities}
    with ThreadPoolExecutor(4) as senders:  # the order within each entity stays
        statuses = senders.map(
            lambda payloads: {send(cloud, json.dumps(one).encode()) for one in payloads}, told.values()
        )
    assert set().union(*statuses) == {200}

    def missing():
        return [(kind, key) for (kind, key) in told if len(timeline(cloud, kind, key)) < len(KINDS[kind][0](key))]

    none_left(missing, "complete timelines")
    none_left(lambda: range(waiting(cloud, "StateQueue")), "messages of StateQueue to be dealt with")
    return {(kind, order): current(cloud, kind, key) for kind, order, key in entities}


def timeline(cloud, kind, key):
    return list(table(cloud).timeline(f"main#{kind}#{key}"))


@pytest.mark.parametrize("order", ORDERS[1:])
@pytest.mark.parametrize("kind", KINDS)
def test_order_and_duplicates_change_nothing(states, kind, order):
    assert known(states[kind, order]) == known(states[kind, ORDERS[0]])


@pytest.mark.parametrize("kind", KINDS)
def test_final_state_is_what_happened_last(states, kind):
    assert states[kind, ORDERS[0]]["status"] == KINDS[kind][1]


def known(item):
    """The item without what differs by design: its key, how often it was written, and when it was received."""
    own = ("pk", "key", "revision", "receivedat", "expires", "index_pk", "index_sk")
    return {name: value for name, value in item.items() if name not in own and value != item["key"]}
