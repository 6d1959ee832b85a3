"""The answer rule over real HTTP: who is let in, who is not, and that whatever is let in is kept."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from local.cloud import WEBHOOK_SECRET
from local.orchestrator import SIGNATURE_HEADER, post, signature
from tests.invocations import request
from tests.local_cloud import BYTES, JSON, log, none_left, put_secret, send, send_raw, webhook_url
from tests.unit.test_event import STRANGE, UNREADABLE, VERBATIM
from tests.unit.test_signature import ATTACKS, BODY, RIGHT, SECRET

# What never reaches the function, since it is no HTTP, or larger than API Gateway takes.
REFUSED_BY_THE_EDGE = {"a million characters": 431}


@pytest.fixture(scope="module", autouse=True)
def sources(cloud):
    """Source `attacked` has the secret the attacks aim at, `hollow` one without text."""
    put_secret(cloud, "sources/attacked/webhook", SECRET)
    name = f"{cloud.stack.name}/sources/hollow/webhook"
    cloud.aws.client("secretsmanager").create_secret(Name=name, SecretBinary=b"\0")


def header(value, encoding="utf-8"):
    return b"" if value is None else f"{SIGNATURE_HEADER}: {value}\r\n".encode(encoding)


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_is_answered_401(cloud, attack):
    status = send_raw(cloud, BODY, header(ATTACKS[attack]), "attacked")

    assert status == REFUSED_BY_THE_EDGE.get(attack, 401)


@pytest.mark.parametrize("attack", ATTACKS)
def test_function_itself_answers_an_attack_401(cloud, attack):
    event = request(BODY, signed=BODY)
    event["pathParameters"]["source"] = "attacked"
    event["headers"] |= {SIGNATURE_HEADER.lower(): ATTACKS[attack] or ""}
    if ATTACKS[attack] is None:
        del event["headers"][SIGNATURE_HEADER.lower()]

    answer = cloud.host.invoke(cloud.stack.functions["IngestFunction"], json.dumps(event).encode())

    assert answer.function_error is None
    assert answer.value()["statusCode"] == 401


OTHERS = {
    "header in Latin-1": ("attacked", BODY, header("é" + RIGHT[1:], "latin-1")),
    "header twice": ("attacked", BODY, header(RIGHT) * 2),
    "header of two lines, folded": ("attacked", BODY, header(f"{RIGHT[:20]}\r\n {RIGHT[20:]}")),
    "changed byte": ("attacked", BODY.replace(b"faulted", b"faultee"), header(RIGHT)),
    "another source's secret": ("attacked", BODY, header(signature(BODY, WEBHOOK_SECRET))),
    "another source's request": ("main", BODY, header(RIGHT)),
    "empty secret": ("hollow", BODY, header(signature(BODY, ""))),
    "no secret at all": ("hollow", BODY, b""),
}


@pytest.mark.parametrize("attack", OTHERS)
def test_other_attack_is_answered_401(cloud, attack):
    source, body, fields = OTHERS[attack]

    assert send_raw(cloud, body, fields, source) == 401


def test_attacked_source_takes_what_is_authentic(cloud):
    assert send_raw(cloud, BODY, header(RIGHT), "attacked") == 200


@pytest.mark.parametrize("source", ["unknown", "UPPER", "..%2Fmain", "a" * 33, "main%00"])
def test_unknown_source_is_answered_404(cloud, source):
    assert send(cloud, BODY, source=source) == 404


@pytest.mark.parametrize(
    "path", ["/", "/webhooks", "/webhooks/{token}", "/webhooks/wrong/main", "/webhooks/{token}/main/x"]
)
def test_who_does_not_know_the_route_invokes_nothing(cloud, path):
    before = log(cloud, "IngestFunction")
    headers = {"Content-Type": JSON, SIGNATURE_HEADER: signature(BODY, WEBHOOK_SECRET)}

    attempt = post(cloud.edge.url + path.format(token=cloud.stack.token), BODY, headers)

    assert attempt.status == 404
    assert log(cloud, "IngestFunction") == before


def test_only_post_is_served(cloud):
    url = urlsplit(webhook_url(cloud))
    connection = HTTPConnection(url.netloc, timeout=10)
    connection.request("GET", url.path)

    assert connection.getresponse().status == 404
    connection.close()


STRANGEST = {
    **{f"unreadable {body[:12]!r}": body for body in UNREADABLE},
    **STRANGE,
    **VERBATIM,
    "with Windows line ends": b'{\r\n\t"Type": "job.faulted"\r\n}\r\n',
    "a type nobody has seen": b'{"Type":"Agent.Dreamt","EventId":"1","Agent":{"Key":"k"}}',
    "numbers for text, object for list": b'{"Type":"job.created","EventId":5,"Jobs":{"Key":7,"State":3},"Timestamp":0}',
}


@pytest.fixture(scope="module")
def answers(cloud, archive):
    """Post every strange body, as its content type asks for and in Base64, and wait for the archive."""
    statuses = {name: [send(cloud, body, kind=JSON), send(cloud, body, kind=BYTES)] for name, body in STRANGEST.items()}
    none_left(
        lambda: [name for name, body in STRANGEST.items() if not archive.of(body)], "strange bodies in the archive"
    )
    return statuses


@pytest.mark.parametrize("name", STRANGEST)
def test_authentic_body_is_kept_once_however_strange(archive, answers, name):
    (event,) = archive.of(STRANGEST[name])

    assert answers[name] == [200, 200]
    assert archive.body(event) == STRANGEST[name]
