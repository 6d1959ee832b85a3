"""Notices reach people once, whatever a receiver answers, and none waits for another's trouble."""

import json
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from local.receiver import Fault
from relay.notify import decide, rules
from relay.orchestrator import sources
from tests.local_cloud import eventually, none_left, purge, send, taken, waiting
from tests.told import event_of

WEBHOOKS = Path("events/webhooks")


def alarming(path):
    return event_of(path.read_bytes()).severity != "info"


# Without the indented variant, which tells the same as job.faulted.
ALARMING = sorted(path for path in WEBHOOKS.glob("*.json") if alarming(path) and "indented" not in path.name)


def job(key, **members):
    """The body of a job.faulted; two with the same key tell the same fact."""
    job = {"Key": key, "State": "Faulted", "EndTime": "2026-03-01T12:00:00Z", "Info": "it failed"} | members
    return {"Type": "job.faulted", "EventId": key, "Timestamp": "2026-03-01T12:00:00Z", "Job": job}


def encoded(payload, **members):
    return json.dumps(payload | members).encode()


def told(cloud, receiver, text):
    """The messages of a receiver, refused ones included, that hold a text."""
    return [message for message in cloud.inbox.messages(receiver) if text in message.body.decode()]


def accepted(cloud, receiver, text):
    return [message for message in told(cloud, receiver, text) if message.accepted]


@pytest.fixture(scope="module")
def wanted(receivers):
    """Receiver and notice of everything the alarming samples deserve."""
    known, base_url = rules.load(receivers), sources.load(receivers).base_url
    events = [event_of(path.read_bytes()) for path in ALARMING]
    return {(told.receiver, told.notice.id) for event in events for told in decide.deliveries(event, known, base_url)}


@pytest.fixture
def drained(cloud, receivers):
    """Forgets what other tests have put off, and gives a function that waits until nothing is left to deliver."""
    purge(cloud, "NotifyQueue", "DeliveryQueue")

    def drain():
        none_left(lambda: range(waiting(cloud, "NotifyQueue")), "messages of NotifyQueue to be dealt with")
        none_left(lambda: range(waiting(cloud, "DeliveryQueue")), "messages of DeliveryQueue to be dealt with")

    return drain


def test_documented_alarms_arrive_once_however_often_they_are_sent(cloud, wanted, relayctl, drained):
    first = relayctl("send", *ALARMING)
    none_left(lambda: [one for one in wanted if not accepted(cloud, *one)], "notices")
    again = relayctl("send", *ALARMING, WEBHOOKS / "job.faulted.indented.json")

    assert (first.returncode, again.returncode) == (0, 0), first.stdout + again.stdout
    drained()
    assert Counter({one: len(told(cloud, *one)) for one in wanted}) == Counter(wanted)
    assert {receiver for receiver, _ in wanted} == {"operations", "night"}


def test_copies_for_several_folders_are_one_notice(cloud, archive, drained):
    copies = [encoded(job("copied"), EventId=f"copy-{folder}", OrganizationUnitId=folder) for folder in range(3)]

    assert send(cloud, copies[0]) == 200
    eventually(lambda: accepted(cloud, "operations", "copied"), "a notice of the copies")
    assert [send(cloud, copy) for copy in copies[1:]] == [200, 200]

    none_left(lambda: [copy for copy in copies if not archive.of(copy)], "copies in the archive")
    drained()
    assert len(told(cloud, "operations", "copied")) == 1


def test_503_with_retry_after_is_tried_again_and_delays_nobody_else(cloud, receivers):
    cloud.inbox.fault("night", Fault(status=503, retry_after=2))
    began = time.time()

    assert send(cloud, encoded(job("troubled", Release={"Name": "Invoices"}))) == 200

    (good,) = eventually(lambda: accepted(cloud, "night", "troubled"), "the notice to night, later")
    refused, later = told(cloud, "night", "troubled")
    (others,) = accepted(cloud, "operations", "troubled")
    (finance,) = accepted(cloud, "finance", "troubled")
    assert (refused.status, later) == (503, good)
    assert seconds(refused, good) >= 2
    assert min(seconds(one, good) for one in (others, finance)) > 0
    assert time.time() - began < 15


def test_400_goes_to_the_dead_letter_queue_with_its_reason(cloud, receivers):
    cloud.inbox.fault("night", Fault(status=400))

    assert send(cloud, encoded(job("refused"))) == 200

    dead = eventually(lambda: list(taken(cloud, "DeliveryDeadLetterQueue")), "the refused notice")
    eventually(lambda: accepted(cloud, "operations", "refused"), "the notice to operations")
    assert [json.loads(message["Body"])["receiver"] for message in dead] == ["night"]
    assert dead[0]["MessageAttributes"]["reason"]["StringValue"] == "the receiver answered 400"
    assert [message.status for message in told(cloud, "night", "refused")] == [400]


def seconds(earlier, later):
    return (datetime.fromisoformat(later.at) - datetime.fromisoformat(earlier.at)).total_seconds()
