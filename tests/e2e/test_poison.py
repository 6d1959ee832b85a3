"""What is no message of ours ends in its dead-letter queue, and its batch mates do not wait for it."""

import json
from datetime import UTC, datetime

import pytest

from relay.event import wrap
from tests.local_cloud import current, eventually, none_left, queue_url, taken

POISON = "poison-{}: not an envelope"
MATES = 5
QUEUES = ("ArchiveQueue", "StateQueue", "NotifyQueue")


def mate(queue, number):
    """The body of an event that its consumer can do something with."""
    key = f"mate-of-{queue}-{number}"
    job = {"Key": key, "State": "Faulted", "EndTime": "2026-03-01T12:00:00Z"}
    return json.dumps({"Type": "job.faulted", "EventId": key, "Timestamp": "2026-03-01T12:00:00Z", "Job": job}).encode()


def envelope(body):
    return wrap(body, relaysource="main", received_at=datetime.now(UTC), secret_version="v1").text()


@pytest.fixture(scope="module")
def poisoned(cloud):
    """Put one poison among good messages into every queue, all at once; for the time being, failures come back soon."""
    sqs, before = cloud.aws.client("sqs"), {}
    for queue in QUEUES:
        url = queue_url(cloud, queue)
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        before[url] = answer["Attributes"]["VisibilityTimeout"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    for queue in QUEUES:
        texts = [envelope(mate(queue, number)) for number in range(MATES)]
        texts.insert(2, POISON.format(queue))
        entries = [{"Id": str(number), "MessageBody": text} for number, text in enumerate(texts)]
        sqs.send_message_batch(QueueUrl=queue_url(cloud, queue), Entries=entries)
    yield
    for url, seconds in before.items():
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": seconds})


def handled(cloud, archive, queue, number):
    body = mate(queue, number)
    match queue:
        case "ArchiveQueue":
            return archive.of(body)
        case "StateQueue":
            return current(cloud, "job", f"mate-of-{queue}-{number}")
        case _:
            return [
                message for message in cloud.inbox.messages() if f"mate-of-{queue}-{number}".encode() in message.body
            ]


@pytest.mark.parametrize("queue", QUEUES)
def test_batch_mates_of_poison_are_handled(cloud, archive, poisoned, queue):
    none_left(
        lambda: [number for number in range(MATES) if not handled(cloud, archive, queue, number)],
        f"batch mates in {queue}",
        within=20,
    )


def dead(cloud, queue, poison):
    return [message for message in taken(cloud, queue.replace("Queue", "DeadLetterQueue")) if message["Body"] == poison]


@pytest.mark.parametrize("queue", QUEUES)
def test_poison_is_dead_after_five_receives(cloud, poisoned, queue):
    (message,) = eventually(lambda: dead(cloud, queue, POISON.format(queue)), f"the poison of {queue}")

    assert int(message["Attributes"]["ApproximateReceiveCount"]) == 6  # five by the consumer, one by us


def test_poison_among_notices_is_buried_at_once_with_its_reason(cloud):
    poison = POISON.format("DeliveryQueue")

    cloud.aws.client("sqs").send_message(QueueUrl=queue_url(cloud, "DeliveryQueue"), MessageBody=poison)

    (message,) = eventually(lambda: dead(cloud, "DeliveryQueue", poison), "the poison of DeliveryQueue", within=5)
    assert message["MessageAttributes"]["reason"]["StringValue"] == "not a delivery: 1 fields are wrong"
