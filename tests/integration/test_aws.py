import hashlib
import io
import json

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from relay.aws.bucket import Bucket
from relay.aws.client import client, translated
from relay.aws.queue import Queue
from relay.aws.secret import Secret, Secrets, reader
from relay.aws.topic import Topic
from relay.errors import MalformedEnvelope, Refused, SettingsError, Unavailable

BODY = b"a body too large for a queue"
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def aws(monkeypatch):
    for name, value in {"ACCESS_KEY_ID": "fake", "SECRET_ACCESS_KEY": "fake", "DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        session = botocore.session.Session()
        yield session.create_client


@pytest.fixture
def bucket(aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return Bucket(s3, "archive")


def test_a_deposited_body_is_claimed_by_its_reference(bucket):
    dataref = bucket.deposit(BODY, DIGEST)

    assert dataref == f"s3://archive/payloads/{DIGEST}"
    assert bucket.claim(dataref, DIGEST) == BODY


@pytest.mark.parametrize(
    "dataref",
    [
        f"s3://archive/events/{DIGEST}",
        f"s3://other/payloads/{DIGEST}",
        f"https://archive/payloads/{DIGEST}",
        "",
        "s3://archive/payloads/../x",
    ],
)
def test_only_references_of_our_own_are_claimed(bucket, dataref):
    bucket.deposit(BODY, DIGEST)

    with pytest.raises(MalformedEnvelope):
        bucket.claim(dataref, DIGEST)


def test_a_missing_payload_is_unavailable(bucket):
    with pytest.raises(Unavailable, match="NoSuchKey"):
        bucket.claim(f"s3://archive/payloads/{DIGEST}", DIGEST)


def test_a_missing_bucket_is_unavailable(aws):
    with pytest.raises(Unavailable, match="NoSuchBucket"):
        Bucket(aws("s3"), "nothing").put("events/x", b"", "text/plain")


def test_a_published_envelope_reaches_queues_by_its_attributes(aws):
    sns, sqs = aws("sns"), aws("sqs")
    arn = sns.create_topic(Name="events")["TopicArn"]
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"relaygroup": ["job"]})}
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=policy)

    for group in ("job", "queue"):
        Topic(sns, arn).publish(f"an event of {group}", {"relaygroup": group})

    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in messages] == ["an event of job"]


def test_a_missing_topic_is_unavailable(aws):
    with pytest.raises(Unavailable, match="NotFound"):
        Topic(aws("sns"), "arn:aws:sns:eu-central-1:123456789012:nothing").publish("text", {})


def test_a_secret_is_read_by_stage(aws):
    manager = aws("secretsmanager")
    manager.create_secret(Name="relay/sources/main/webhook", SecretString="first")
    manager.put_secret_value(SecretId="relay/sources/main/webhook", SecretString="second")
    secrets = Secrets(manager)

    current, previous = (secrets.value("relay/sources/main/webhook", stage) for stage in ("AWSCURRENT", "AWSPREVIOUS"))

    assert current is not None
    assert previous is not None
    assert (current[1], previous[1]) == ("second", "first")
    assert current[0] != previous[0]
    assert secrets.value("relay/sources/main/webhook", "AWSPENDING") is None
    assert secrets.value("relay/sources/nobody/webhook") is None


NAME = "relay/sources/main/webhook"
ARN = f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{NAME}"
VERSION = "aaaaaaaa-0000-4000-8000-000000000000"


class Refusing:
    """A client that everything is refused with the same code."""

    def __init__(self, code):
        self._code = code

    def __getattr__(self, operation):
        def refuse(**_):
            raise ClientError({"Error": {"Code": self._code, "Message": "hush"}}, operation)

        return refuse


@pytest.fixture
def deleted(aws):
    """A client whose secret of this name can still be restored."""
    manager = aws("secretsmanager")
    manager.create_secret(Name=NAME, SecretString="hush")
    manager.delete_secret(SecretId=NAME)
    return manager


def test_a_deleted_secret_is_unavailable_to_requests_and_not_named(deleted):
    with pytest.raises(Unavailable) as error:
        Secrets(deleted).value(NAME)

    assert str(error.value) == "a secret could not be read: InvalidRequestException"


@pytest.mark.parametrize(
    "use",
    [
        lambda client: reader(client)(NAME, "AWSCURRENT"),
        lambda client: Secret(client, ARN).value("AWSCURRENT"),
        lambda _: Secret(Refusing("InvalidRequestException"), NAME).put(VERSION, "hush", "AWSCURRENT"),  # not by moto
    ],
)
def test_a_deleted_secret_is_to_be_restored(deleted, use):
    with pytest.raises(SettingsError, match=f"^the secret {NAME} is scheduled for deletion: restore it"):
        use(deleted)


@pytest.mark.parametrize(
    "use", [lambda secret: secret.stages(), lambda secret: secret.put(VERSION, "hush", "AWSCURRENT")]
)
def test_a_missing_secret_is_to_be_made(aws, use):
    with pytest.raises(SettingsError, match=f"^the secret {NAME} does not exist"):
        use(Secret(aws("secretsmanager"), ARN))


@pytest.mark.parametrize(
    "use",
    [
        lambda secret: secret.value("AWSCURRENT"),
        lambda secret: secret.stages(),
        lambda secret: secret.put(VERSION, "hush", "AWSCURRENT"),
        lambda secret: secret.move("AWSCURRENT", to=VERSION, away_from=None),
    ],
)
def test_whatever_else_befalls_a_secret_names_it(use):
    with pytest.raises(Unavailable, match=f"the secret {NAME} .*: AccessDeniedException") as error:
        use(Secret(Refusing("AccessDeniedException"), ARN))

    assert "hush" not in str(error.value)


@pytest.mark.parametrize(
    ("code", "told", "kind"),
    [
        ("InvalidParameter", "InvalidParameter", Refused),
        ("Throttling", "Throttling", Unavailable),
        ("", "ClientError", Unavailable),
    ],
)
def test_errors_name_the_code_and_nothing_of_the_request(aws, code, told, kind):
    error = aws("sns").exceptions.ClientError(
        {"Error": {"Code": code, "Message": "quotes your secret body"}}, "Publish"
    )

    ours = translated(error, "the events topic did not take the event")

    assert type(ours) is kind
    assert str(ours) == f"the events topic did not take the event: {told}"


def test_clients_are_shared_and_bounded_in_time(aws):
    made = client("sqs", connect=0.3, read=1.0, attempts=2)

    assert made is client("sqs", connect=0.3, read=1.0, attempts=2)
    assert (made.meta.config.connect_timeout, made.meta.config.read_timeout) == (0.3, 1.0)
    assert made.meta.config.retries["total_max_attempts"] == 2


PAGE = b"<!DOCTYPE html><title>502 Bad Gateway</title>"
FOREIGN = [
    (503, b"Service Unavailable"),
    (403, b""),
    (502, PAGE),
    (503, b"<HTML>"),
    (200, PAGE),
    (200, b"<Publish"),
]


@pytest.mark.parametrize(("status", "body"), FOREIGN)
@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("sns", lambda sns: Topic(sns, "arn:aws:sns:eu-central-1:123456789012:events").publish("an event", {})),
        ("sqs", lambda sqs: Queue(sqs, "https://sqs.example/spool").send("a request")),
        ("s3", lambda s3: Bucket(s3, "archive").put("spool/a", b"a request", "text/plain")),
        ("secretsmanager", lambda secrets: Secrets(secrets).value("relay/sources/main/webhook")),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_an_answer_that_is_not_aws_own_is_unavailable(aws, service, call, status, body):
    asked = aws(service, config=Config(retries={"total_max_attempts": 1}))
    headers = {"Content-Type": "text/html"}
    asked.meta.events.register_first(f"before-send.{service}", lambda **_: Raw(status, headers, body))

    with pytest.raises(Unavailable):
        call(asked)


class Raw(AWSResponse):
    """An answer with these bytes."""

    def __init__(self, status, headers, body):
        super().__init__("https://aws.example", status, headers, io.BytesIO(body))
        self._content = body
