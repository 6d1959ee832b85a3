import boto3
import pytest
from moto import mock_aws

from local.inbox import Inbox
from local.loopback import Answer, LoopbackServer, Request, json_answer
from local.receiver import Fault
from relayctl.outputs import CannotRead
from relayctl.send import CannotSend, Destination, aws_destination, local_destination, send

SECRET = "local-webhook-secret"
REGION = "eu-central-1"
STACKS = """<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
<member><StackName>prod</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>
<Outputs><member><OutputKey>WebhookUrl</OutputKey><OutputValue>https://api.example/webhooks/token/main</OutputValue>
</member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""
NO_STACK = """<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>
<Code>ValidationError</Code><Message>Stack with id none does not exist</Message></Error></ErrorResponse>"""


def describe_stacks(request: Request) -> Answer:
    """Answer as CloudFormation does; moto's needs more packages than it is worth here."""
    known = b"StackName=prod" in request.body
    return Answer(200 if known else 400, (STACKS if known else NO_STACK).encode(), {"Content-Type": "text/xml"})


@pytest.fixture
def inbox():
    with Inbox() as started:
        yield started


@pytest.fixture
def files(tmp_path):
    bodies = [b'{"Type":"ping"}', b'{\n "Type": "custom"\n}\n', b"\xff\x00", b""]
    paths = [tmp_path / f"{number}.json" for number in range(len(bodies))]
    for path, body in zip(paths, bodies, strict=True):
        path.write_bytes(body)
    return paths


def to(inbox, path="/inbox/main"):
    return Destination(inbox.url + path, SECRET.encode())


def test_files_are_signed_and_posted_byte_for_byte_in_order(inbox, files):
    said: list[str] = []

    assert send(files, to(inbox), say=said.append) == 0

    messages = inbox.messages()
    assert [message.body for message in messages] == [path.read_bytes() for path in files]
    assert messages[0].headers["x-uipath-signature"] == "/MHUQrSzOKQEIS4YSAWfbR/RaHmyHx/ZCRJc9+EXrII="
    assert [line.split()[0] for line in said] == ["200"] * 4
    assert [line.split()[-1] for line in said] == [path.name for path in files]


@pytest.mark.parametrize("status", [302, 401, 413, 503])
def test_any_answer_but_2xx_gives_exit_code_1_and_the_rest_is_still_sent(inbox, files, status):
    said: list[str] = []
    inbox.fault("main", Fault(status=status))

    assert send(files, to(inbox), say=said.append) == 1

    assert [int(line.split()[0]) for line in said] == [status, 200, 200, 200]


def test_silence_is_said_with_the_host_and_never_the_url(files):
    said: list[str] = []

    assert send(files[:2], Destination("http://127.0.0.1:1/webhooks/token/main", b"x"), say=said.append) == 1

    assert said[-1] == "127.0.0.1:1 did not answer 2 of 2 files. Is it up, and the URL right?"
    assert "token" not in "".join(said)


def test_missing_file_is_named_before_anything_is_sent(inbox, files, tmp_path):
    with pytest.raises(CannotSend, match=r"none\.json cannot be read: No such file or directory\."):
        send([*files, tmp_path / "none.json"], to(inbox))

    assert inbox.messages() == []


def test_a_source_of_the_local_relay_has_the_secret_that_is_current():
    def current(request: Request) -> Answer:
        assert request.json_object() == {"SecretId": "relay/sources/main/webhook", "VersionStage": "AWSCURRENT"}
        return json_answer(200, {"VersionId": "v2", "SecretString": SECRET})

    with LoopbackServer(current) as aws:
        outputs = {"WebhookUrl": "http://127.0.0.1:3000/webhooks/token/main", "AwsEndpointUrl": aws.url}

        destination = local_destination(outputs)

    assert destination == Destination("http://127.0.0.1:3000/webhooks/token/main", SECRET.encode())
    assert destination.at("http://127.0.0.1:9/").url == "http://127.0.0.1:9/"
    assert destination.at(None) == destination
    assert SECRET not in repr(destination)
    assert "token" not in repr(destination)


def test_outputs_that_lack_the_url_are_explained():
    with pytest.raises(CannotSend, match="no output WebhookUrl"):
        local_destination({"AwsEndpointUrl": "http://127.0.0.1:9"})


@pytest.fixture
def stack(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with LoopbackServer(describe_stacks) as cloudformation, mock_aws():
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", cloudformation.url)
        yield boto3.client("secretsmanager", REGION)


def test_source_of_a_deployed_stack_has_its_own_url_and_secret(stack):
    stack.create_secret(Name="prod/sources/plant/webhook", SecretString="plants")

    destination = aws_destination("prod", "plant", region=REGION, profile=None)

    assert destination == Destination("https://api.example/webhooks/token/plant", b"plants")


def test_unknown_stack_source_and_profile_are_explained(stack):
    stack.create_secret(Name="prod/sources/empty/webhook")

    with pytest.raises(CannotRead, match=r"outputs of stack none cannot be read: ValidationError\. Check its name"):
        aws_destination("none", region=REGION, profile=None)
    with pytest.raises(CannotSend, match=r"prod/sources/plant/webhook does not exist or is empty"):
        aws_destination("prod", "plant", region=REGION, profile=None)
    with pytest.raises(CannotSend, match=r"prod/sources/empty/webhook does not exist or is empty"):
        aws_destination("prod", "empty", region=REGION, profile=None)
    with pytest.raises(CannotRead, match=r"cannot be read: ProfileNotFound"):
        aws_destination("prod", region=REGION, profile="nobody")
