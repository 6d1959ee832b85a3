"""How tests send to the local cloud, and how they see what became of what they sent."""

import gzip
import hashlib
import socket
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from local.cloud import WEBHOOK_SECRET, LocalCloud
from local.orchestrator import SIGNATURE_HEADER, post, signature
from relay.aws.table import Item, Table
from relay.event import Event, read
from relay.state import CURRENT, pk

Found = TypeVar("Found")
Message = dict[str, Any]
JSON = "application/json; charset=utf-8"
BYTES = "application/octet-stream"
GLANCE = 0.05


def send(
    cloud: LocalCloud, body: bytes, *, kind: str = JSON, source: str = "main", secret: str = WEBHOOK_SECRET
) -> int | None:
    """Post a signed body and return the answer's status; `kind` decides whether it is delivered as text."""
    headers = {"Content-Type": kind, SIGNATURE_HEADER: signature(body, secret)}
    return post(webhook_url(cloud, source), body, headers, timeout=30).status


def send_raw(cloud: LocalCloud, body: bytes, fields: bytes, source: str = "main") -> int:
    """Post with these header lines, byte for byte: HTTP libraries refuse what an attacker does not."""
    url = urlsplit(webhook_url(cloud, source))
    head = f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\nContent-Type: {JSON}\r\n"
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"Content-Length: %d\r\n" % len(body) + fields + b"\r\n" + body)
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


def webhook_url(cloud: LocalCloud, source: str = "main") -> str:
    return f"{cloud.outputs()['WebhookUrl'].rpartition('/')[0]}/{source}"


def put_secret(cloud: LocalCloud, name: str, value: str) -> None:
    """Make a secret of the stack, such as `sources/plant/webhook`, or give it another value."""
    secrets = cloud.aws.client("secretsmanager")
    try:
        secrets.create_secret(Name=f"{cloud.stack.name}/{name}", SecretString=value)
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId=f"{cloud.stack.name}/{name}", SecretString=value)


def unscheduled(cloud: LocalCloud) -> LocalCloud:
    """Have sync run when a test asks for it and at no other time."""
    cloud.aws.client("events").disable_rule(Name=cloud.stack.resources["SyncFunctionEveryQuarterHour"])
    return cloud


@contextmanager
def without_webhooks(cloud: LocalCloud) -> Iterator[None]:
    """Have no webhook in Orchestrator before and after."""
    webhooks = cloud.orchestrator.webhooks
    for one in webhooks.all():
        webhooks.delete(one.id)
    try:
        yield
    finally:
        for one in webhooks.all():
            webhooks.delete(one.id)


def eventually(find: Callable[[], Found | None], what: str, within: float = 20) -> Found:
    """Return what is found as soon as it is there; fail, saying what was not, after so many seconds."""
    until = time.monotonic() + within
    while not (found := find()):
        if time.monotonic() > until:
            pytest.fail(f"not within {within:g} s: {what}")
        time.sleep(GLANCE)
    return found


def none_left(missing: Callable[[], Collection[object]], what: str, within: float = 30) -> None:
    """Return once nothing is missing; fail, naming the first of what is, after so many seconds."""
    until = time.monotonic() + within
    while left := missing():
        if time.monotonic() > until:
            named = ", ".join(str(one)[:80] for one in list(left)[:5])
            pytest.fail(f"{len(left)} {what} missing after {within:g} s: {named}")
        time.sleep(GLANCE)


class Archive:
    """The archive of one cloud; each object is read once, each identity shown once, as for every reader of it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._s3, self._bucket = cloud.aws.client("s3"), cloud.stack.outputs["ArchiveBucketName"]
        self._read: set[str] = set()
        self._events: dict[tuple[str, str, str], Event] = {}

    def events(self) -> list[Event]:
        """Return what is archived by now."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix="events/")
        for key in {item["Key"] for page in pages for item in page.get("Contents", [])} - self._read:
            self._read.add(key)
            for event in map(read, gzip.decompress(self._object(key)).decode().splitlines()):
                self._events.setdefault((event.source, event.id, event.datasha256), event)
        return list(self._events.values())

    def of(self, body: bytes) -> list[Event]:
        """Return the events that bear or name this body."""
        digest = hashlib.sha256(body).hexdigest()
        return [event for event in self.events() if event.datasha256 == digest]

    def body(self, event: Event) -> bytes:
        """Return the event's bytes, fetched where the line names them only."""
        return self._object(event.dataref.removeprefix(f"s3://{self._bucket}/")) if event.dataref else event.body

    def _object(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return content


def table(cloud: LocalCloud) -> Table:
    return Table(cloud.aws.client("dynamodb"), cloud.stack.outputs["StateTableName"])


def current(cloud: LocalCloud, kind: str, key: str, source: str = "main") -> Item | None:
    """Return what is known of an entity now."""
    return table(cloud).get(pk(source, kind, key), CURRENT)


def waiting(cloud: LocalCloud, queue: str) -> int:
    """Return how many messages a queue holds, visible or not; `queue` is its logical id."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = cloud.aws.client("sqs").get_queue_attributes(QueueUrl=queue_url(cloud, queue), AttributeNames=names)
    return sum(int(number) for number in answer["Attributes"].values())


def taken(cloud: LocalCloud, queue: str) -> Iterator[Message]:
    """Yield the visible messages of a queue, deleted from it."""
    sqs, url = cloud.aws.client("sqs"), queue_url(cloud, queue)
    asked = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "AttributeNames": ["All"]}
    while messages := sqs.receive_message(QueueUrl=url, **asked).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield message


def purge(cloud: LocalCloud, *queues: str) -> None:
    """Forget what queues hold, put off or in work."""
    for queue in queues:
        cloud.aws.client("sqs").purge_queue(QueueUrl=queue_url(cloud, queue))


@contextmanager
def switched_off(cloud: LocalCloud, *consumers: str) -> Iterator[None]:
    """Have consumers, named as `Archive`, neither see what comes meanwhile nor find it afterwards."""
    functions = [cloud.stack.functions[f"{consumer}Function"] for consumer in consumers]
    client = cloud.aws.client("lambda")
    listed = [client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"] for name in functions]
    mappings = [mapping["UUID"] for of_one in listed for mapping in of_one]
    for mapping in mappings:
        client.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        yield
    finally:
        purge(cloud, *(f"{consumer}Queue" for consumer in consumers))
        for mapping in mappings:
            client.update_event_source_mapping(UUID=mapping, Enabled=True)


def queue_url(cloud: LocalCloud, queue: str) -> str:
    return cloud.stack.outputs[f"{queue}Url"]


def log(cloud: LocalCloud, function: str) -> str:
    """Return what a function, by its logical id, has written so far."""
    path = cloud.host.log_file(cloud.stack.functions[function])
    return path.read_text(errors="replace") if path.exists() else ""
