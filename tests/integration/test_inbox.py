import json
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection

import pytest

from local.inbox import Inbox
from local.receiver import Fault


@pytest.fixture
def inbox():
    with Inbox() as started:
        yield started


def call(inbox, method, path, body=b"", headers=None):
    connection = HTTPConnection("127.0.0.1", inbox.port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        ("/inbox/operations", b"\xff\x00", 200, b"received"),
        ("/slack/operations", b'{"text":"Faulted"}', 200, b"ok"),
        ("/slack/operations", b'{"blocks":[]}', 200, b"ok"),
        ("/slack/services/T0/B0/operations", b'{"text":"Faulted"}', 200, b"ok"),
        ("/slack/operations", b'{"title":"Faulted"}', 400, b"no_text"),
        ("/slack/operations", b"Faulted", 400, b"invalid_payload"),
        ("/slack/operations", b'["Faulted"]', 400, b"invalid_payload"),
        ("/teams/operations", b"{}", 202, b""),
    ],
)
def test_receivers_answer_as_their_services_do(inbox, path, body, status, text):
    assert call(inbox, "POST", path, body)[:2] == (status, text)

    [message] = inbox.messages("operations")
    assert (message.body, message.path, message.status) == (body, path, status)


def test_messages_are_listed_with_headers_and_body(inbox):
    call(inbox, "POST", "/inbox/one", "für Sie".encode(), {"X-Notice": "7"})
    call(inbox, "POST", "/inbox/two", b"{}")

    listed = json.loads(call(inbox, "GET", "/messages?receiver=one")[1])["messages"]

    assert len(listed) == 1
    assert listed[0]["body"] == "für Sie"
    assert listed[0]["headers"]["x-notice"] == "7"
    assert listed[0]["accepted"] is True


def test_fault_holds_for_so_many_messages_of_its_receiver(inbox):
    plan = {"receiver": "operations", "status": 429, "retry_after": 7, "times": 2}
    assert call(inbox, "POST", "/faults", json.dumps(plan))[0] == 204

    answers = [call(inbox, "POST", "/slack/operations", b'{"text":"x"}') for _ in range(3)]

    assert [(status, headers["Retry-After"]) for status, _, headers in answers] == [(429, "7"), (429, "7"), (200, None)]
    assert call(inbox, "POST", "/inbox/other")[0] == 200


def test_faults_queue_up(inbox):
    inbox.fault("operations", Fault(status=503))
    inbox.fault("operations", Fault(status=410))

    assert [call(inbox, "POST", "/inbox/operations")[0] for _ in range(3)] == [503, 410, 200]


def test_hanging_receiver_has_got_the_message_but_does_not_answer(inbox):
    inbox.fault("operations", Fault(hang=60))

    with socket.create_connection(("127.0.0.1", inbox.port), timeout=0.3) as sender:
        sender.sendall(b"POST /inbox/operations HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        with pytest.raises(TimeoutError):
            sender.recv(1)

    assert inbox.messages()[0].accepted


def test_deleting_messages_forgets_faults_too(inbox):
    inbox.fault("operations", Fault(status=500, times=9))
    call(inbox, "POST", "/inbox/operations")

    assert call(inbox, "DELETE", "/messages")[0] == 204

    assert inbox.messages() == []
    assert call(inbox, "POST", "/inbox/operations")[0] == 200


def test_waiting_returns_accepted_messages_or_says_how_many_came(inbox):
    inbox.fault("operations", Fault(status=500))
    call(inbox, "POST", "/inbox/operations")
    call(inbox, "POST", "/inbox/operations", b"second")

    assert [message.body for message in inbox.wait_for(1, "operations")] == [b"second"]
    with pytest.raises(TimeoutError, match=r"1 of 2 messages came within 0\.01 s"):
        inbox.wait_for(2, timeout=0.01)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", 404),
        ("POST", "/inbox", b"", 404),
        ("GET", "/inbox/operations", b"", 404),
        ("POST", "/faults", b"", 400),
        ("POST", "/faults", b"[]", 400),
        ("POST", "/faults", b'{"receiver":"a","status":"429"}', 400),
        ("POST", "/faults", b'{"receiver":"a","colour":"red"}', 400),
    ],
)
def test_what_is_not_understood_is_refused(inbox, method, path, body, status):
    assert call(inbox, method, path, body)[0] == status


def test_body_without_length_is_refused(inbox):
    assert call(inbox, "POST", "/inbox/a", iter([b"x"]), {"Transfer-Encoding": "chunked"})[0] == 411


def test_stopping_cuts_open_connections():
    inbox = Inbox().start()
    with socket.create_connection(("127.0.0.1", inbox.port), timeout=5) as kept:
        kept.sendall(b"POST /teams/a HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        assert kept.recv(4096).startswith(b"HTTP/1.1 202")

        inbox.stop()

        assert kept.recv(4096) == b""


def test_command_prints_a_line_per_message_and_stops_when_told():
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "local.inbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        port = int(process.stdout.readline().split("127.0.0.1:")[1].split(":")[0])
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/teams/operations", b"{}")
        connection.getresponse().read()
        connection.close()

        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)

    assert line.endswith("/teams/operations: 2 bytes, answered 202\n")
    assert process.returncode == 0
