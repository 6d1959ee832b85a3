"""One deny run per permission: without it a named probe fails as it should, and with it again succeeds.

Of the permissions to poll a queue the embedded AWS asks nobody: its event source mappings read the queues directly.
tests/contract/test_template.py::test_a_role_grants_exactly_what_its_function_calls holds those.
"""

import itertools
import json
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.cloud import WEBHOOK_SECRET, LocalCloud
from relay.aws.bucket import Bucket
from relay.event import read, wrap
from relay.notify.decide import deliveries
from relay.notify.rules import load
from relay.orchestrator.signature import sign
from relay.request import Request
from relay.spool import pack
from tests.contract.test_template import LOGGING, POLLING
from tests.e2e.permissions import granted, without
from tests.invocations import record
from tests.local_cloud import eventually, log, none_left, purge, put_secret, queue_url, send, taken, waiting

Works = Callable[[], bool]
Prepare = Callable[[LocalCloud], Works]
DENIAL = re.compile("AccessDenied|AuthorizationError")
QUEUES = ("ArchiveQueue", "StateQueue", "NotifyQueue")
numbers = itertools.count(1)


def job(padding: int = 0) -> bytes:
    """A faulted job nobody has heard of, with a body of at least so many bytes."""
    key = f"denied-{next(numbers)}"
    job = {"Key": key, "State": "Faulted", "EndTime": "2026-03-01T12:00:00Z", "Info": "i" * padding}
    return json.dumps({"Type": "job.faulted", "EventId": key, "Timestamp": "2026-03-01T12:00:00Z", "Job": job}).encode()


def envelope(body: bytes, dataref: str | None = None) -> str:
    return wrap(body, relaysource="main", received_at=datetime.now(UTC), secret_version="v1").text(dataref)


def handles(cloud: LocalCloud, function: str, text: str) -> Works:
    """Whether the function handles a message of this text, invoked with it directly."""
    message = record(f"{function}Queue", 1, text)
    message["attributes"]["SentTimestamp"] = str(int(time.time() * 1000))  # deliver buries what is three days old
    batch = json.dumps({"Records": [message]}).encode()

    def works() -> bool:
        answer = cloud.host.invoke(cloud.stack.functions[f"{function}Function"], batch)
        assert answer.function_error is None, answer.payload
        value = answer.value()
        assert isinstance(value, dict)
        return not value["batchItemFailures"]

    return works


def forgetting(cloud: LocalCloud, function: str, works: Works) -> Works:
    """With new workers each time: one that could not read a secret waits before it asks again."""

    def works_anew() -> bool:
        cloud.host.restart(cloud.stack.functions[f"{function}Function"])
        return works()

    return works_anew


def publishes(cloud: LocalCloud, body: bytes, source: str = "main") -> Works:
    """Whether ingest publishes a body at once; what it cannot publish goes to the spool, and is kept all the same."""

    def works() -> bool:
        said = len(log(cloud, "IngestFunction"))
        assert send(cloud, body, source=source) == 200
        return "event spooled" not in log(cloud, "IngestFunction")[said:]

    return works


def publishes_small(cloud: LocalCloud) -> Works:
    return publishes(cloud, job())


def publishes_large(cloud: LocalCloud) -> Works:
    return publishes(cloud, job(250_000))


def verifies(cloud: LocalCloud) -> Works:
    """By the secret of a source that no worker has asked for yet."""
    source = f"denied-{next(numbers)}"
    put_secret(cloud, f"sources/{source}/webhook", cloud.outputs()["WebhookSecret"])
    return forgetting(cloud, "Ingest", publishes(cloud, job(), source))


def spools(cloud: LocalCloud) -> Works:
    """Whether the queue takes what the topic does not; the bucket does where it fails."""

    def works() -> bool:
        said = len(log(cloud, "IngestFunction"))
        with without(cloud, "Ingest", "sns:Publish"):
            assert send(cloud, job()) == 200
        return '"SpoolQueueFailed":' not in log(cloud, "IngestFunction")[said:]

    return works


def spooled(version: str | None, padding: int = 0, source: str = "main") -> str:
    """A spooled request of that source, signed with the secret all of this cloud's sources have."""
    body = job(padding)
    return pack(Request(source, datetime.now(UTC), sign(body, WEBHOOK_SECRET.encode()), body), version)


def drains(version: str | None, padding: int = 0) -> Prepare:
    def prepare(cloud: LocalCloud) -> Works:
        return forgetting(cloud, "Drain", handles(cloud, "Drain", spooled(version, padding)))

    return prepare


def waits(cloud: LocalCloud) -> Works:
    """Whether a request that cannot be published yet is put off; without that it comes again all the same."""

    def works() -> bool:
        said = len(log(cloud, "DrainFunction"))
        with without(cloud, "Drain", "sns:Publish"):
            cloud.aws.client("sqs").send_message(QueueUrl=queue_url(cloud, "SpoolQueue"), MessageBody=spooled("v1"))
            eventually(lambda: "record failed" in log(cloud, "DrainFunction")[said:], "the request to fail")
        purge(cloud, "SpoolQueue")
        return "message not delayed" not in log(cloud, "DrainFunction")[said:]

    return works


def sweeps(cloud: LocalCloud) -> Works:
    """Whether an object under spool/ is published and gone."""
    s3, bucket = cloud.aws.client("s3"), cloud.stack.outputs["ArchiveBucketName"]

    def works() -> bool:
        s3.put_object(Bucket=bucket, Key="spool/0-denied.json", Body=spooled("v1").encode())
        answer = cloud.host.invoke(cloud.stack.functions["DrainFunction"], b'{"source": "aws.events"}')
        left = s3.list_objects_v2(Bucket=bucket, Prefix="spool/0-denied.json")["KeyCount"]
        return answer.function_error is None and not left

    return works


def archives(cloud: LocalCloud) -> Works:
    return handles(cloud, "Archive", envelope(job()))


def remembers(cloud: LocalCloud) -> Works:
    return handles(cloud, "State", envelope(job()))


def notices(cloud: LocalCloud) -> Works:
    return handles(cloud, "Notify", envelope(job()))


def claims(function: str) -> Prepare:
    """By an event whose body lies in the bucket already."""

    def prepare(cloud: LocalCloud) -> Works:
        body = job()
        event = read(envelope(body))
        bucket = Bucket(cloud.aws.client("s3"), cloud.stack.outputs["ArchiveBucketName"])
        return handles(cloud, function, envelope(body, bucket.deposit(body, event.datasha256)))

    return prepare


def delivery(receiver: str = "operations") -> str:
    (only,) = deliveries(read(envelope(job())), load(Path("layers/config")), lambda _: None)
    return only.model_copy(update={"receiver": receiver}).text()


def delivers(cloud: LocalCloud) -> Works:
    return handles(cloud, "Deliver", delivery())


def finds_the_receiver(cloud: LocalCloud) -> Works:
    """By workers that do not remember its address."""
    cloud.host.restart(cloud.stack.functions["DeliverFunction"])
    return delivers(cloud)


def buries(cloud: LocalCloud) -> Works:
    return handles(cloud, "Deliver", "not a delivery")


def puts_off(cloud: LocalCloud) -> Works:
    """By a message of the real queue, to a receiver that cannot be reached; if not put off, it is late, not lost."""

    def works() -> bool:
        said = len(log(cloud, "DeliverFunction"))
        message = delivery("nowhere")
        cloud.aws.client("sqs").send_message(QueueUrl=queue_url(cloud, "DeliveryQueue"), MessageBody=message)
        eventually(lambda: '"NoticesPutOff":' in log(cloud, "DeliverFunction")[said:], "the notice to be put off")
        return "message not delayed" not in log(cloud, "DeliverFunction")[said:]

    return works


def synchronises(cloud: LocalCloud) -> Works:
    """Whether a run of sync reaches its end: webhooks compared, canary flown."""

    def works() -> bool:
        answer = cloud.host.invoke(cloud.stack.functions["SyncFunction"], b"{}")
        assert answer.function_error is None, answer.payload
        value = answer.value()
        assert isinstance(value, dict)
        return value["sources"]["main"] in ("right", "repaired")

    return works


def rotates(step: str) -> Prepare:
    """One step for source main: a new pending version that is taken back, a rehearsal, or the end of a rotation."""

    def prepare(cloud: LocalCloud) -> Works:
        secrets, secret = cloud.aws.client("secretsmanager"), cloud.outputs()["MainWebhookSecretArn"]
        current = secrets.get_secret_value(SecretId=secret)["VersionId"]

        def works() -> bool:
            pending(secrets, secret, current if step == "finishSecret" else None)
            token = current if step == "finishSecret" else str(uuid.uuid4())
            event = json.dumps({"SecretId": secret, "ClientRequestToken": token, "Step": step}).encode()
            answer = cloud.host.invoke(cloud.stack.functions["RotateFunction"], event)
            pending(secrets, secret, None)
            return answer.function_error is None

        return works

    return prepare


def pending(secrets: Any, secret: str, version: str | None) -> None:
    """Put AWSPENDING on a version, or on none."""
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    on = next((each for each, names in stages.items() if "AWSPENDING" in names), None)
    ends = {"MoveToVersionId": version, "RemoveFromVersionId": on}
    if on != version:
        named = {name: end for name, end in ends.items() if end}
        secrets.update_secret_version_stage(SecretId=secret, VersionStage="AWSPENDING", **named)


PROBES: dict[tuple[str, str], Prepare] = {
    ("Sync", "secretsmanager:GetSecretValue"): synchronises,
    ("Sync", "secretsmanager:DescribeSecret"): synchronises,
    ("Sync", "dynamodb:GetItem"): synchronises,
    ("Sync", "dynamodb:PutItem"): synchronises,
    ("Rotate", "secretsmanager:DescribeSecret"): rotates("createSecret"),
    ("Rotate", "secretsmanager:PutSecretValue"): rotates("createSecret"),
    ("Rotate", "secretsmanager:GetSecretValue"): rotates("testSecret"),
    ("Rotate", "secretsmanager:UpdateSecretVersionStage"): rotates("finishSecret"),
    ("Rotate", "dynamodb:GetItem"): rotates("finishSecret"),
    ("Rotate", "dynamodb:PutItem"): rotates("finishSecret"),
    ("Ingest", "sns:Publish"): publishes_small,
    ("Ingest", "sqs:SendMessage"): spools,
    ("Ingest", "secretsmanager:GetSecretValue"): verifies,
    ("Ingest", "s3:PutObject"): publishes_large,
    ("Drain", "sns:Publish"): drains("v1"),
    ("Drain", "secretsmanager:GetSecretValue"): drains(None),
    ("Drain", "s3:PutObject"): drains("v1", 250_000),
    ("Drain", "sqs:ChangeMessageVisibility"): waits,
    ("Drain", "s3:ListBucket"): sweeps,
    ("Drain", "s3:GetObject"): sweeps,
    ("Drain", "s3:DeleteObject"): sweeps,
    ("Archive", "s3:PutObject"): archives,
    ("State", "dynamodb:GetItem"): remembers,
    ("State", "dynamodb:PutItem"): remembers,
    ("State", "s3:GetObject"): claims("State"),
    ("Notify", "sqs:SendMessage"): notices,
    ("Notify", "s3:GetObject"): claims("Notify"),
    ("Deliver", "secretsmanager:GetSecretValue"): finds_the_receiver,
    ("Deliver", "dynamodb:GetItem"): delivers,
    ("Deliver", "dynamodb:PutItem"): delivers,
    ("Deliver", "sqs:SendMessage"): buries,
    ("Deliver", "sqs:ChangeMessageVisibility"): puts_off,
}


# Sync moves a stage after a source's first canary, else only when it restores a secret or drops an old one, minutes
# after the last change of either.
UNPROBED = {("Sync", "secretsmanager:UpdateSecretVersionStage")}


def test_every_permission_has_its_probe():
    probed = set(PROBES) | UNPROBED

    assert {(function, action) for function, action in granted() if action not in LOGGING | POLLING} == probed


@pytest.fixture(autouse=True)
def quiet(cloud, receivers):
    """Nothing is under way that a permission taken away could keep for later; no probe leaves anything behind."""
    purge(cloud, "DeliveryQueue")
    none_left(lambda: [queue for queue in QUEUES if waiting(cloud, queue)], "queues to be emptied")
    yield
    purge(cloud, "DeliveryQueue")
    list(taken(cloud, "DeliveryDeadLetterQueue"))


@pytest.mark.parametrize(("function", "action"), PROBES, ids=[f"{name} without {action}" for name, action in PROBES])
def test_probe_needs_its_permission(cloud, function, action):
    works = PROBES[function, action](cloud)
    said = len(log(cloud, f"{function}Function"))

    with without(cloud, function, action):
        assert not works()

    assert DENIAL.search(log(cloud, f"{function}Function")[said:])
    assert works()
