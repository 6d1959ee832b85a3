"""No marker planted in bodies, headers, secrets and addresses shows in any log, on the good path or any failing one."""

import hashlib
import io
import json
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from local.orchestrator import SIGNATURE_HEADER, signature
from local.receiver import Fault
from relay.event import wrap
from tests.e2e.permissions import without
from tests.invocations import record
from tests.local_cloud import JSON, log, none_left, purge, put_secret, queue_url, webhook_url

MARK = "qzMARKq"
SECRET = f"{MARK}-secret-{MARK}"
FUNCTIONS = ("Ingest", "Drain", "Archive", "State", "Notify", "Deliver")
QUEUES = ("SpoolQueue", "ArchiveQueue", "StateQueue", "NotifyQueue", "DeliveryQueue")
# What each function must have said, so that silence is not mistaken for discretion.
SAID = {
    "Ingest": ("event spooled", "event not kept", "KeyError"),
    "Drain": ("record failed", "MalformedEnvelope", "spooled object cannot be read"),
    "Archive": ("records not archived", "KeyError"),
    "State": ("record failed", "MalformedEnvelope", "AccessDenied"),
    "Notify": ("record failed", "MalformedEnvelope", "AccessDenied"),
    "Deliver": ("notice sent", "notice refused", "notice put off", "switched off"),
}
# Without these, everything fails somewhere.
DENIED = (
    ("Ingest", "sns:Publish"),
    ("Ingest", "s3:PutObject"),
    ("Drain", "sns:Publish"),
    ("Archive", "s3:PutObject"),
    ("State", "dynamodb:PutItem"),
    ("State", "s3:GetObject"),
    ("Notify", "sqs:SendMessage"),
    ("Notify", "s3:GetObject"),
    ("Deliver", "dynamodb:PutItem"),
)
WRITERS = (
    *(f"{name}Function" for name in FUNCTIONS),
    "embedded AWS",
    "edge and this process",
    "relayctl send",
    "relayctl send to nobody",
    "relayctl send of a forged body",
)


def job(number: int, process: str = MARK, padding: int = 0) -> bytes:
    """A faulted job whose every text is marked."""
    entity = {name: f"{MARK}-{name}-{number}" for name in ("Key", "Info", "InputArguments", "OutputArguments")}
    job = {**entity, "State": "Faulted", "Release": {"Name": process, "ProcessKey": MARK}, "Robot": {"Name": MARK}}
    payload = {
        "Type": "job.faulted",
        "EventId": f"{MARK}-{number}",
        "Job": job,
        "UserId": MARK,
        "Padding": "p" * padding,
    }
    return json.dumps({**payload, "TenantId": MARK, "OrganizationUnitId": MARK, MARK: {MARK: MARK}}).encode()


def post(cloud, body, source="marked", **headers):
    """Post with marked headers and query."""
    url = urlsplit(webhook_url(cloud, source))
    connection = HTTPConnection(url.netloc, timeout=30)
    marked = {name: f"{MARK}-{name}" for name in ("Authorization", "Cookie", "User-Agent", "X-Request-Id", "X-Other")}
    connection.request("POST", f"{url.path}?q={MARK}", body, {"Content-Type": JSON, **marked, **headers})
    status = connection.getresponse().status
    connection.close()
    return status


def signed(body):
    return {SIGNATURE_HEADER: signature(body, SECRET)}


def envelope(body, dataref=None):
    return wrap(body, relaysource="marked", received_at=datetime.now(UTC), secret_version=MARK).text(dataref)


def dataref(cloud, body):
    return f"s3://{cloud.stack.outputs['ArchiveBucketName']}/payloads/{hashlib.sha256(body).hexdigest()}"


def malformed():
    """Messages that no consumer can read, each in its own way."""
    text = envelope(job(90))
    foreign = json.loads(text) | {"dataref": f"s3://{MARK}/payloads/{MARK}"}
    foreign.pop("data")
    yield MARK
    yield json.dumps({MARK: MARK})
    yield json.dumps({"receiver": MARK, "notice": {"id": MARK, "severity": MARK}})
    yield text.replace(f"{MARK}-Info", f"{MARK}-changed")
    yield json.dumps(foreign)
    yield json.dumps(json.loads(text) | {"data_base64": f"{MARK}!", "data": None})


def delivery(receiver):
    origin = dict.fromkeys(("id", "source", "type", "time", "relaysource", "datasha256"), MARK)
    notice = {
        "id": hashlib.sha256(receiver.encode()).hexdigest(),
        "severity": "error",
        "type": MARK,
        "title": MARK,
        "time": MARK,
        "event": origin,
    }
    return json.dumps({"receiver": receiver, "notice": notice})


@pytest.fixture(scope="module")
def marked(cloud, receivers):
    """Marks in the secret and in every address, and functions that log all they ever would."""
    addresses = {
        "operations": f"{cloud.inbox.url}/inbox/operations",
        "night": f"{cloud.inbox.url}/slack/night",
        "finance": f"{cloud.inbox.url}/teams/finance",
        "nowhere": "http://127.0.0.1:1/nowhere",
    }
    config = {"CONFIG_PATH": str(receivers)}
    environments = {name: config if name in ("Notify", "Deliver") else {} for name in FUNCTIONS}
    put_secret(cloud, "sources/marked/webhook", SECRET)
    for name, url in addresses.items():
        put_secret(cloud, f"receivers/{name}", f"{url}?key={MARK}" if name != "finance" else f"ftp://{MARK}.example/")
    for name, environment in environments.items():
        cloud.host.set_environment(of(cloud, name), {**environment, "POWERTOOLS_LOG_LEVEL": "DEBUG"})
    yield
    purge(cloud, *QUEUES)
    for name, url in addresses.items():
        put_secret(cloud, f"receivers/{name}", url)
    for name, environment in environments.items():
        cloud.host.set_environment(of(cloud, name), environment)


def unsaid(cloud):
    return [(name, text) for name, texts in SAID.items() for text in texts if text not in log(cloud, f"{name}Function")]


def of(cloud, name):
    return cloud.stack.functions[f"{name}Function"]


@pytest.fixture(scope="module")
def said(cloud, marked, relayctl, tmp_path_factory):
    """Go down every path; all that was written down meanwhile, by who wrote it."""
    process = io.StringIO()
    with redirect_stdout(process), redirect_stderr(process):
        authentic(cloud)
        forged(cloud)
        unreadable(cloud)
        failing(cloud)
        operator = operate(cloud, relayctl, tmp_path_factory.mktemp("bodies"))
        none_left(lambda: unsaid(cloud), "things to be logged")
    logs = {f"{name}Function": log(cloud, f"{name}Function") for name in FUNCTIONS}
    return {**logs, "embedded AWS": cloud.aws.log.read_text(), "edge and this process": process.getvalue(), **operator}


def authentic(cloud):
    """Events that are kept; night answers 500 and 400, finance has no usable address, nowhere and silent none."""
    cloud.inbox.fault("night", Fault(status=500))
    cloud.inbox.fault("night", Fault(status=400))
    bodies = [job(1), job(2, padding=250_000), job(3, "Lost"), job(4, "Invoices"), f"{MARK}\xff".encode("latin-1")]
    assert [post(cloud, body, **signed(body)) for body in bodies] == [200] * len(bodies)


def forged(cloud):
    body = job(5)
    headers = [{}, {SIGNATURE_HEADER: MARK}, signed(job(6)), {SIGNATURE_HEADER: SECRET}]
    assert [post(cloud, body, **one) for one in headers] == [401] * len(headers)
    assert post(cloud, body, source=MARK.lower(), **signed(body)) == 404
    assert post(cloud, body, source=f"{MARK}%00", **signed(body)) == 404


def unreadable(cloud):
    """In every queue, what no consumer can read; and to every function, an event that is none."""
    sqs = cloud.aws.client("sqs")
    for queue in QUEUES:
        for text in malformed():
            sqs.send_message(QueueUrl=queue_url(cloud, queue), MessageBody=text)
    for receiver in (MARK, "operations", "night"):
        sqs.send_message(QueueUrl=queue_url(cloud, "DeliveryQueue"), MessageBody=delivery(receiver))
    bucket = cloud.stack.outputs["ArchiveBucketName"]
    cloud.aws.client("s3").put_object(Bucket=bucket, Key=f"spool/0-{MARK}.json", Body=MARK.encode())
    cloud.host.invoke(of(cloud, "Drain"), b'{"source": "aws.events"}')
    for name in FUNCTIONS:
        for event in ({MARK: MARK}, {"Records": [{"body": MARK, MARK: MARK}]}, {"body": MARK, "headers": {MARK: MARK}}):
            cloud.host.invoke(of(cloud, name), json.dumps(event).encode())


def failing(cloud):
    """Without its permissions no function can do its work."""
    small, large = job(7), job(8, padding=250_000)
    with ExitStack() as denied:
        for function, action in DENIED:
            denied.enter_context(without(cloud, function, action))
        assert [post(cloud, body, **signed(body)) for body in (small, large)] == [200, 200]
        with without(cloud, "Ingest", "sqs:SendMessage"):
            assert [post(cloud, body, **signed(body)) for body in (small, large)] == [503, 503]
        for name in FUNCTIONS[1:]:
            texts = [envelope(small), envelope(large, dataref(cloud, large)), delivery("operations")]
            batch = {"Records": [record(f"{name}Queue", number, text) for number, text in enumerate(texts)]}
            cloud.host.invoke(of(cloud, name), json.dumps(batch).encode())


def operate(cloud, relayctl, directory):
    """What the operator sees of `relayctl send`, by what became of it."""
    path = directory / f"{MARK}.json"
    path.write_bytes(job(9))
    shown = {
        "relayctl send": relayctl("send", path),
        "relayctl send to nobody": relayctl("send", path, "--url", f"http://127.0.0.1:1/{MARK}"),
        "relayctl send of a forged body": relayctl("send", path, "--url", webhook_url(cloud, "marked")),
    }
    assert [result.returncode for result in shown.values()] == [0, 1, 1]
    return {name: (result.stdout + result.stderr).replace(f"{MARK}.json", "") for name, result in shown.items()}


@pytest.mark.parametrize("writer", WRITERS)
def test_nothing_marked_is_written_down(said, writer):
    lines = [line for line in said[writer].splitlines() if MARK.lower() in line.lower()]

    assert lines == []


def test_no_signature_and_no_token_is_written_down(cloud, said):
    signatures = [signature(job(number), SECRET) for number in (1, 2, 3, 4)]

    everything = "".join(said.values())

    assert [text for text in (*signatures, cloud.stack.token, SECRET) if text in everything] == []
