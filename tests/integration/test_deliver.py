"""Deliver against SQS, DynamoDB and Secrets Manager as moto plays them, and receivers that really listen."""

import socket
import ssl
import threading

import botocore.session
import pytest
from moto import mock_aws

from local.inbox import Inbox
from local.loopback import Answer, LoopbackServer
from local.receiver import Fault
from relay import exchange
from relay.aws.queue import Queue
from relay.aws.secret import Secrets
from relay.aws.table import Table
from relay.errors import Refused, Unavailable
from relay.notify import post as posting
from relay.notify.addresses import Addresses
from relay.notify.claims import Claims
from relay.notify.decide import deliveries
from relay.notify.deliver import Courier
from relay.notify.formats import Post
from relay.notify.post import OutcomeUnknown, post
from relay.notify.rules import Rules
from tests.told import no_base_url, sample

KINDS = {"operations": "https", "chat": "slack", "team": "teams"}
RULES = Rules.model_validate(
    {
        "receivers": {name: {"kind": kind} for name, kind in KINDS.items()},
        "rules": [{"name": "all", "to": list(KINDS)}],
    }
)
NOTICE = Post(b'{"a":1}', {"Content-Type": "application/json"})


@pytest.fixture
def aws(monkeypatch):
    for name, value in {"ACCESS_KEY_ID": "fake", "SECRET_ACCESS_KEY": "fake", "DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        yield botocore.session.Session().create_client


@pytest.fixture
def sqs(aws):
    return aws("sqs")


@pytest.fixture
def queue_url(sqs):
    return sqs.create_queue(QueueName="delivery")["QueueUrl"]


@pytest.fixture
def inbox():
    with Inbox() as inbox:
        yield inbox


class Relay:
    """The delivery queue and the courier behind it."""

    def __init__(self, aws, queue_url, inbox):
        self.sqs, self.queue_url = aws("sqs"), queue_url
        self.dead_url = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        secrets, dynamodb = aws("secretsmanager"), aws("dynamodb")
        for name, path in {"operations": "inbox", "chat": "slack", "team": "teams"}.items():
            secrets.create_secret(Name=f"r/{name}", SecretString=f"{inbox.url}/{path}/{name}")
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        dynamodb.create_table(
            TableName="state",
            KeySchema=keys,
            AttributeDefinitions=[{"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        self.courier = Courier(
            RULES,
            Addresses(Secrets(secrets).value, "r"),
            Claims(Table(dynamodb, "state")),
            Queue(self.sqs, queue_url),
            Queue(self.sqs, self.dead_url),
        )

    def queue(self, name):
        found = deliveries(sample(name), RULES, no_base_url)
        Queue(self.sqs, self.queue_url).send_batch(each.text() for each in found)

    def run(self):
        """Do what Lambda does: receive, invoke, delete what succeeded; return how many failed."""
        answer = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        names = {"MessageId": "messageId", "ReceiptHandle": "receiptHandle", "Body": "body", "Attributes": "attributes"}
        records = [{new: message[old] for old, new in names.items()} for message in answer.get("Messages", [])]
        failed = {item["itemIdentifier"] for item in self.courier.deliver({"Records": records})["batchItemFailures"]}
        for record in records:
            if record["messageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=record["receiptHandle"])
        return len(failed)

    def waiting(self):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return sum(int(answer[name]) for name in names)

    def buried(self):
        answer = self.sqs.receive_message(QueueUrl=self.dead_url, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
        return [message["MessageAttributes"]["reason"]["StringValue"] for message in answer.get("Messages", [])]


@pytest.fixture
def relay(aws, queue_url, inbox):
    return Relay(aws, queue_url, inbox)


def test_a_notice_reaches_every_kind_of_receiver_once(relay, inbox):
    relay.queue("job.faulted")
    relay.queue("job.faulted")

    assert relay.run() == 0

    assert sorted(message.path for message in inbox.messages()) == ["/inbox/operations", "/slack/chat", "/teams/team"]
    assert relay.waiting() == 0


def test_a_receiver_in_trouble_delays_only_itself(relay, inbox):
    inbox.fault("operations", Fault(status=429, retry_after=600))
    relay.queue("job.faulted")

    assert relay.run() == 1

    assert sorted(message.receiver for message in inbox.messages() if message.accepted) == ["chat", "team"]
    assert relay.waiting() == 1
    assert relay.run() == 0


def test_a_refused_notice_lies_in_the_dead_letter_queue_with_its_reason(relay, inbox):
    inbox.fault("operations", Fault(status=403))
    relay.queue("job.faulted")

    assert relay.run() == 0

    assert relay.buried() == ["the receiver answered 403"]
    assert relay.waiting() == 0


def test_a_notice_for_a_host_that_cannot_be_lies_there_too(relay, aws):
    aws("secretsmanager").put_secret_value(SecretId="r/operations", SecretString="https://foo..bar/x")
    relay.queue("job.faulted")

    relay.run()

    assert relay.buried() == ["the receiver's address is malformed"]


def test_a_batch_larger_than_sqs_takes_is_split(sqs, queue_url):
    Queue(sqs, queue_url).send_batch(f"{number}{'x' * 60_000}" for number in range(25))

    counted = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    assert counted["Attributes"]["ApproximateNumberOfMessages"] == "25"


def test_errors_of_the_queue_are_ours(sqs, queue_url):
    with pytest.raises(Unavailable, match="the queue did not take a batch"):
        Queue(sqs, f"{queue_url}-gone").send_batch(["x"])
    with pytest.raises(Unavailable, match="the queue did not take a message"):
        Queue(sqs, f"{queue_url}-gone").send("x")
    with pytest.raises(Unavailable, match="the queue did not delay a message"):
        Queue(sqs, queue_url).delay("no such receipt", 10)


class PartlyTaken:
    def send_message_batch(self, **_):
        return {"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "Code": "InternalError"}]}


def test_a_batch_taken_in_part_is_to_be_sent_again():
    with pytest.raises(Unavailable, match="1 of 2 messages: InternalError"):
        Queue(PartlyTaken(), "url").send_batch(["a", "b"])


def test_a_post_carries_body_and_headers_as_they_are(inbox):
    answer = post(f"{inbox.url}/inbox/operations", NOTICE)

    (message,) = inbox.messages()
    assert (answer.status, message.body) == (200, NOTICE.body)
    assert message.headers["content-type"] == "application/json"


def test_a_redirect_is_not_followed(inbox):
    with LoopbackServer(lambda _: Answer(307, b"", {"Location": f"{inbox.url}/inbox/operations"})) as server:
        answer = post(server.url, NOTICE)

    assert not answer.accepted
    assert not answer.temporary
    assert inbox.messages() == []


def test_nobody_listening_means_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(Unavailable) as error:
        post(f"http://127.0.0.1:{port}/hook", NOTICE)

    assert not isinstance(error.value, OutcomeUnknown)
    assert str(port) not in str(error.value)


def test_an_answer_that_never_comes_is_not_waited_for(inbox, monkeypatch):
    monkeypatch.setattr(posting, "ANSWER_SECONDS", 0.2)
    inbox.fault("operations", Fault(hang=5))

    with pytest.raises(OutcomeUnknown):
        post(f"{inbox.url}/inbox/operations", NOTICE)


@pytest.mark.parametrize("answer", [b"", b"not http at all\r\n\r\n"])
def test_a_connection_cut_short_leaves_the_outcome_unknown(answer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, answer)).start()

        with pytest.raises(OutcomeUnknown):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/hook", NOTICE)


def _serve(server, answer):
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)


def test_tls_is_verified(inbox):
    url = inbox.url.replace("http://", "https://")

    with pytest.raises(Unavailable, match="SSLError"):
        post(f"{url}/inbox/operations", NOTICE)
    assert exchange._tls().verify_mode is ssl.CERT_REQUIRED
    assert exchange._tls().check_hostname


def test_plain_http_beyond_this_computer_is_refused():
    with pytest.raises(Refused):
        post("http://192.0.2.1/hook", NOTICE)
