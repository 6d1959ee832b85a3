"""The edge over real HTTP, in front of real functions: what API Gateway's HTTP API does, and its limits."""

import base64
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from local.edge import Api, Edge, Route, deployed_api
from local.edge.event import HttpRequest
from local.edge.reply import reply_of
from local.runtime import Answer, Credentials, Function, RuntimeHost

pytestmark = pytest.mark.integration

FUNCTIONS = Path(__file__).parents[1] / "fixtures" / "functions"
WEBHOOKS = Route("POST /webhooks/{token}/{source}", "answer")
API = Api("a1b2c3", "000000000000", "eu-central-1", (WEBHOOKS,))
PATH = "/webhooks/token/main"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeHost]:
    runtime = RuntimeHost(
        python=Path(sys.executable),
        run=tmp_path_factory.mktemp("run"),
        credentials=lambda _: Credentials("key", "secret", "token", 4102444800.0),
        environment={"AWS_REGION": "eu-central-1"},
    )
    with runtime:
        runtime.add(Function("answer", FUNCTIONS / "probe", "app.answer", timeout=20, memory=512))
        runtime.add(Function("late", FUNCTIONS / "probe", "app.answer", timeout=1))
        yield runtime


@pytest.fixture(scope="module")
def edge(host: RuntimeHost) -> Iterator[Edge]:
    with Edge(API, host.invoke) as served:
        yield served


def send(
    edge: Edge, body: object = b"", path: str = PATH, method: str = "POST", **headers: str
) -> tuple[HTTPResponse, bytes]:
    fields = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
    with closing(HTTPConnection("127.0.0.1", edge.port, timeout=30)) as connection:
        connection.request(method, path, body, fields)  # type: ignore[arg-type]
        response = connection.getresponse()
        return response, response.read()


def event_of(edge: Edge, body: object = b"", path: str = PATH, **headers: str) -> dict[str, Any]:
    response, content = send(edge, body, path, **headers)
    assert response.status == 200, content
    event: dict[str, Any] = json.loads(content)
    return event


def told(edge: Edge, value: object) -> tuple[HTTPResponse, bytes]:
    return send(edge, json.dumps(value).encode(), PATH + "?as=told")


def test_event_is_the_whole_of_format_2(edge: Edge) -> None:
    event = event_of(edge, b'{"a":1}', PATH + "?x=1&x=2&y=%20", User_Agent="probe/1", X_Twice="a", Cookie="c=1; d=2")

    context = event["requestContext"]
    assert abs(context["timeEpoch"] / 1000 - time.time()) < 10
    assert len(context["requestId"]) == 16
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(context["timeEpoch"] / 1000))
    assert event == {
        "version": "2.0",
        "routeKey": "POST /webhooks/{token}/{source}",
        "rawPath": "/webhooks/token/main",
        "rawQueryString": "x=1&x=2&y=%20",
        "cookies": ["c=1", "d=2"],
        "headers": {
            "accept-encoding": "identity",
            "content-length": "7",
            "content-type": "application/json",
            "host": f"127.0.0.1:{edge.port}",
            "user-agent": "probe/1",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-twice": "a",
        },
        "queryStringParameters": {"x": "1,2", "y": " "},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "a1b2c3",
            "domainName": "a1b2c3.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "a1b2c3",
            "http": {
                "method": "POST",
                "path": "/webhooks/token/main",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "probe/1",
            },
            "requestId": context["requestId"],
            "routeKey": "POST /webhooks/{token}/{source}",
            "stage": "$default",
            "time": stamp,
            "timeEpoch": context["timeEpoch"],
        },
        "pathParameters": {"token": "token", "source": "main"},
        "body": '{"a":1}',
        "isBase64Encoded": False,
    }


def shape(value: object) -> object:
    return {name: shape(item) for name, item in value.items()} if isinstance(value, dict) else type(value).__name__


def test_event_has_the_shape_of_sams_sample(edge: Edge, tmp_path: Path) -> None:
    sam = shutil.which("sam", path=str(Path(sys.executable).parent))
    if sam is None:
        pytest.skip("no SAM CLI beside this interpreter")
    command = [sam, "local", "generate-event", "apigateway", "http-api-proxy"]
    settings = {"SAM_CLI_TELEMETRY": "0", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    sample = json.loads(subprocess.run(command, env=settings, check=True, capture_output=True, timeout=60).stdout)
    for absent in ("stageVariables",), ("requestContext", "authentication"), ("requestContext", "authorizer"):
        (sample if len(absent) == 1 else sample[absent[0]]).pop(absent[-1])

    event = event_of(edge, b"{}", PATH + "?x=1", Cookie="c=1")

    free = {"headers": None, "pathParameters": None, "queryStringParameters": None}
    assert shape(event | free) == shape(sample | free)


def test_empty_members_are_left_out(edge: Edge) -> None:
    event = event_of(edge)

    assert {"cookies", "queryStringParameters", "body"}.isdisjoint(event)
    assert (event["isBase64Encoded"], event["rawQueryString"]) == (False, "")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=utf-8", "text/plain", "application/xml"]
)
def test_text_is_delivered_as_text(edge: Edge, kind: str) -> None:
    event = event_of(edge, "Größe \u2028 \U0001f600".encode(), Content_Type=kind)

    assert (event["body"], event["isBase64Encoded"]) == ("Größe \u2028 \U0001f600", False)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/octet-stream", b"{}"),
        ("application/x-www-form-urlencoded", b"a=1"),
        ("", b"{}"),
        ("application/json", b"\xff{}"),
        ("application/json", b"\xed\xa0\x80"),
    ],
)
def test_anything_else_is_delivered_in_base64(edge: Edge, kind: str, body: bytes) -> None:
    event = event_of(edge, body, Content_Type=kind)

    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (body, True)


def test_header_fields_of_one_name_are_joined(edge: Edge) -> None:
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nX-Signature: sch\u00f6n\r\nContent-Length: 0\r\n\r\n"
    )

    event = json.loads(raw(edge, head.encode()).partition(b"\r\n\r\n")[2])

    assert (event["headers"]["x-a"], event["headers"]["x-signature"]) == ("1,2", "sch\u00f6n")


def raw(edge: Edge, data: bytes, *more: bytes) -> bytes:
    """What comes back for these bytes until the edge closes or falls silent."""
    with closing(socket.create_connection(("127.0.0.1", edge.port), timeout=10)) as connection:
        connection.sendall(data)
        received = connection.recv(65536)
        connection.settimeout(0.5)
        for part in more:
            connection.sendall(part)
        try:
            while part := connection.recv(65536):
                received += part
        except TimeoutError:
            pass
        return received


def test_chunked_body_is_accepted(edge: Edge) -> None:
    event = event_of(edge, iter([b'{"a":', b'"' + b"x" * 70_000 + b'"', b"}"]))  # of unknown length, so in chunks

    assert json.loads(event["body"]) == {"a": "x" * 70_000}


def test_sender_that_expects_100_continue_gets_it(edge: Edge) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"

    received = raw(edge, head.encode(), b"{}")

    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_connection_is_kept_alive(edge: Edge) -> None:
    with closing(HTTPConnection("127.0.0.1", edge.port, timeout=10)) as connection:
        sockets = set()
        for number in range(3):
            connection.request("POST", PATH, f"[{number}]", {"Content-Type": "application/json"})
            assert json.loads(connection.getresponse().read())["body"] == f"[{number}]"
            sockets.add(connection.sock)

    assert len(sockets) == 1
    assert None not in sockets


@pytest.mark.parametrize(
    "bad",
    [
        b"Content-Length: x\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nz\r\n",
    ],
)
def test_malformed_body_is_a_bad_request(edge: Edge, bad: bytes) -> None:
    received = raw(edge, f"POST {PATH} HTTP/1.1\r\nHost: h\r\n".encode() + bad)

    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.endswith(b'{"message": "Bad Request"}')


@pytest.mark.parametrize(
    ("method", "path"), [("GET", PATH), ("POST", "/"), ("POST", "/webhooks/main"), ("POST", PATH + "/more")]
)
def test_unknown_route_is_not_found(edge: Edge, method: str, path: str) -> None:
    response, body = send(edge, b"{}", path, method)

    assert (response.status, json.loads(body)) == (404, {"message": "Not Found"})


def test_event_beyond_lambdas_limit_is_413(edge: Edge) -> None:
    response, body = send(edge, b"x" * 6_291_456, Content_Type="text/plain")

    assert (response.status, json.loads(body)) == (413, {"message": "Request Too Long"})


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream"])
def test_bodies_of_4_000_000_bytes_fit(edge: Edge, kind: str) -> None:
    response, _ = send(edge, b"x" * 4_000_000, PATH, Content_Type=kind)

    assert response.status == 200


def test_body_beyond_10_mb_is_413(edge: Edge) -> None:
    response, body = send(edge, b"x" * (10 * 1024 * 1024 + 1))

    assert (response.status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})


def test_head_beyond_10_kb_is_431(edge: Edge) -> None:
    response, _ = send(edge, b"{}", X_Long="x" * 10_240)

    assert response.status == 431


def test_failed_function_is_500_without_details(edge: Edge) -> None:
    response, body = told(edge, "raise")

    assert (response.status, json.loads(body)) == (500, {"message": "Internal Server Error"})


@pytest.fixture
def slow(host: RuntimeHost) -> Iterator[Edge]:
    routes = (Route("POST /late", "late"), Route("POST /impatient", "answer", timeout=0.3))
    with Edge(replace(API, routes=routes), host.invoke) as served:
        yield served


def test_function_that_times_out_is_500_without_details(slow: Edge) -> None:
    response, body = send(slow, b'"sleep"', "/late?as=told")

    assert (response.status, json.loads(body)) == (500, {"message": "Internal Server Error"})


def test_integration_that_times_out_is_503(slow: Edge) -> None:
    response, body = send(slow, b'"sleep"', "/impatient?as=told")

    assert (response.status, json.loads(body)) == (503, {"message": "Service Unavailable"})


def test_formatted_answer_is_written_as_it_is(edge: Edge) -> None:
    headers = {"X-A": "b", "content-type": "text/x", "Content-Length": 1, "X-N": 5, "X-B": True}
    answer = {"statusCode": 202, "headers": headers, "cookies": ["a=1; Secure", "b=2"], "body": "grün"}

    response, body = told(edge, answer)

    assert (response.status, body.decode()) == (202, "grün")
    assert sorted((name.lower(), value) for name, value in response.getheaders()) == [
        ("content-length", "5"),
        ("content-type", "text/x"),
        ("set-cookie", "a=1; Secure"),
        ("set-cookie", "b=2"),
        ("x-a", "b"),
        ("x-b", "true"),
        ("x-n", "5"),
    ]


@pytest.mark.parametrize(
    ("value", "status", "kind", "body"),
    [
        ({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}, 200, "text/plain;charset=UTF-8", b"\x00\xff"),
        ({"statusCode": "201"}, 201, "text/plain;charset=UTF-8", b""),
        ({"ok": True}, 200, "application/json", b'{"ok": true}'),
        ("done", 200, "application/json", b"done"),
        (None, 200, "application/json", b"null"),
        ({"statusCode": "many"}, 500, "application/json", None),
        ({"statusCode": 200, "body": {"no": "text"}}, 500, "application/json", None),
        ({"statusCode": 200, "body": "%", "isBase64Encoded": True}, 500, "application/json", None),
        ({"statusCode": 200, "headers": {"a": "b\r\nc: d"}}, 500, "application/json", None),
        ({"statusCode": 200, "headers": []}, 200, "text/plain;charset=UTF-8", b""),
        ({"statusCode": 200, "headers": [1]}, 500, "application/json", None),
    ],
)
def test_answers_of_every_form(value: object, status: int, kind: str, body: bytes | None) -> None:
    reply = reply_of(Answer(json.dumps(value).encode(), None, "id"))

    assert (reply.status, dict(reply.fields)["content-type"]) == (status, kind)
    assert reply.body == (b'{"message": "Internal Server Error"}' if body is None else body)


@pytest.mark.parametrize(
    ("target", "path"), [("/a%20b?c=%20", "/a b"), ("/%C3%A4%2525", "/ä%2525"), ("/%25%20", "/%25 "), ("/%zz", "/%zz")]
)
def test_path_is_decoded_but_for_the_percent_sign(target: str, path: str) -> None:
    assert HttpRequest("GET", target, (), b"", "127.0.0.1").path == path


@pytest.mark.parametrize(
    ("request_line", "key"),
    [
        ("GET /a/b", "GET /a/b"),
        ("POST /a/b", "ANY /a/{x}"),
        ("GET /a/c", "ANY /a/{x}"),
        ("GET /a/b/c", "GET /{rest+}"),
        ("PUT /z", "$default"),
    ],
)
def test_most_specific_route_wins(request_line: str, key: str) -> None:
    keys = ("$default", "GET /{rest+}", "ANY /a/{x}", "GET /a/b")
    api = replace(API, routes=tuple(Route(key, "f") for key in keys))
    method, path = request_line.split()

    matched = api.match(method, path)

    assert matched is not None
    assert matched[0].key == key


class Gateway:
    """An apigatewayv2 client that answers in pages of one."""

    def get_integrations(self, **arguments: str) -> dict[str, Any]:
        arn = "arn:aws:lambda:eu-central-1:000000000000:function:ingest"
        prefix = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
        items: list[dict[str, Any]] = [
            {"IntegrationId": "i1", "IntegrationUri": arn, "TimeoutInMillis": 5000},
            {"IntegrationId": "i2", "IntegrationUri": f"{prefix}{arn}/invocations"},
        ]
        return self._page(items, arguments)

    def get_routes(self, **arguments: str) -> dict[str, Any]:
        items = [
            {"RouteKey": "GET /a", "Target": "integrations/i1"},
            {"RouteKey": "GET /b", "Target": "integrations/i2"},
        ]
        return self._page(items, arguments)

    @staticmethod
    def _page(items: list[dict[str, Any]], arguments: dict[str, str]) -> dict[str, Any]:
        number = int(arguments.get("NextToken", "0"))
        return {"Items": items[number : number + 1]} | ({"NextToken": "1"} if number == 0 else {})


def test_deployed_routes_are_read_page_by_page() -> None:
    api = deployed_api(Gateway(), "a", account="000000000000", region="eu-central-1")

    assert api.routes == (Route("GET /a", "ingest", 5.0), Route("GET /b", "ingest", 30.0))
