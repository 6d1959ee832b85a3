import base64
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from local.inbox import Inbox
from local.orchestrator import Orchestrator, OrchestratorServer, signature
from local.receiver import Fault

SECRET = "s3cret"
SAMPLES = Path(__file__).parents[2] / "events" / "webhooks"


@pytest.fixture
def inbox():
    with Inbox() as started:
        yield started


@contextlib.contextmanager
def orchestrator_for(inbox, *, events=None, secret=SECRET, path="/inbox/relay", **options):
    tenant = Orchestrator(**options)
    tenant.put_webhook("main", inbox.url + path, secret=secret, events=events)
    try:
        yield tenant
    finally:
        tenant.stop()


def sent(tenant, *bodies):
    return [future.result(timeout=10) for future in tenant.send_all(bodies)]


@pytest.mark.parametrize(
    "body",
    [b"", b"0", b"not json", b'{"Type":"job.\xff"}', b'{\n  "Type": "ping"\n}\n', bytes(range(256)) * 4096],
    ids=["empty", "one byte", "text", "not UTF-8", "indented", "1 MiB"],
)
def test_bodies_arrive_byte_for_byte_and_signed(inbox, body):
    with orchestrator_for(inbox) as tenant:
        [delivery] = sent(tenant, body)

    [message] = inbox.messages()
    assert message.body == body
    assert message.headers["x-uipath-signature"] == signature(body, SECRET)
    assert message.headers["content-type"] == "application/json; charset=utf-8"
    assert message.headers["user-agent"] == "UiPath-WebhookService/Webhooks"
    assert (delivery.outcome, delivery.status) == ("delivered", 200)
    assert delivery.sha256 == hashlib.sha256(body).hexdigest()


def test_webhook_without_secret_sends_no_signature(inbox):
    with orchestrator_for(inbox, secret=None) as tenant:
        sent(tenant, b"{}")

    assert "x-uipath-signature" not in inbox.messages()[0].headers


def test_workers_overtake_one_another(inbox):
    inbox.fault("relay", Fault(hang=0.5))
    with orchestrator_for(inbox) as tenant:
        slow = tenant.send(b'{"EventId":"slow"}')
        inbox.wait_for(1)

        sent(tenant, b'{"EventId":"quick"}')
        slow[0].result(timeout=10)

        assert [delivery.event_id for delivery in tenant.deliveries()] == ["quick", "slow"]


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410, 429, 500, 503])
def test_any_answer_but_2xx_turns_the_webhook_off_for_an_hour(inbox, status):
    now = 0.0
    inbox.fault("relay", Fault(status=status))
    with orchestrator_for(inbox, clock=lambda: now) as tenant:
        [failed] = sent(tenant, b"{}")
        now = 3599.0
        [skipped] = sent(tenant, b"{}")
        now = 3600.0
        [delivered] = sent(tenant, b"{}")

        assert (failed.outcome, failed.status) == ("failed", status)
        assert (skipped.outcome, skipped.status) == ("skipped", None)
        assert delivered.outcome == "delivered"
        assert tenant.engine.counts("main") == {"delivered": 1, "failed": 1, "skipped": 1, "lost": 2}
    assert [message.status for message in inbox.messages()] == [status, 200]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_keeps_the_webhook_on(inbox, status):
    inbox.fault("relay", Fault(status=status))
    with orchestrator_for(inbox) as tenant:
        deliveries = sent(tenant, b"{}", b"{}")

    assert {delivery.outcome for delivery in deliveries} == {"delivered"}


def test_timeout_turns_the_webhook_off(inbox):
    inbox.fault("relay", Fault(hang=5))
    with orchestrator_for(inbox, timeout=0.2) as tenant:
        [failed] = sent(tenant, b"{}")

        assert (failed.outcome, failed.error) == ("failed", "no answer within 0.2 s")
        assert tenant.engine.breaker("main").is_open


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:1/", "connection failed: Connection refused"),
        ("ftp://127.0.0.1/", "not a usable URL or HTTP answer: InvalidURL"),
        ("http://127.0.0.1:port/", "not a usable URL or HTTP answer: ValueError"),
        ("http://[", "not a usable URL or HTTP answer: ValueError"),
    ],
)
def test_unreachable_urls_fail_with_a_reason(inbox, url, error):
    with orchestrator_for(inbox) as tenant:
        tenant.put_webhook("main", url)
        [delivery] = sent(tenant, b"{}")

        assert (delivery.outcome, delivery.error) == ("failed", error)
        assert tenant.engine.breaker("main").is_open


def test_tls_error_turns_the_webhook_off(inbox):
    with orchestrator_for(inbox) as tenant:
        tenant.put_webhook("main", inbox.url.replace("http:", "https:"))
        [delivery] = sent(tenant, b"{}")

        assert delivery.outcome == "failed"
        assert delivery.error.startswith("TLS failed: ")


def test_breaker_of_one_webhook_leaves_others_on(inbox):
    inbox.fault("relay", Fault(status=500))
    with orchestrator_for(inbox) as tenant:
        tenant.put_webhook("other", f"{inbox.url}/inbox/other")

        sent(tenant, b'{"EventId":"1"}')
        sent(tenant, b'{"EventId":"2"}')

        assert tenant.engine.counts("main")["lost"] == 2
        assert tenant.engine.counts("other")["delivered"] == 2


def test_ping_reaches_a_webhook_that_subscribes_to_nothing_else(inbox):
    with orchestrator_for(inbox, events=["job.faulted"]) as tenant:
        assert tenant.send(b'{"Type":"job.started"}') == []

        body, future = tenant.ping(tenant.webhooks.named("main"))
        delivery = future.result(timeout=10)

    assert inbox.messages()[0].body == body
    assert (delivery.type, delivery.event_id) == ("ping", json.loads(body)["EventId"])


# The control API


def call(server, method, path, value=None):
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, None if value is None else json.dumps(value))
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    finally:
        connection.close()


@pytest.fixture
def server(inbox):
    with OrchestratorServer(Orchestrator()) as started:
        call(started, "PUT", "/control/webhooks/main", {"url": f"{inbox.url}/inbox/relay", "secret": SECRET})
        yield started


def test_control_lists_webhooks_without_their_secrets(server):
    status, answer = call(server, "GET", "/control/webhooks")

    assert status == 200
    assert [(hook["name"], hook["signed"], hook["subscribe_to_all"]) for hook in answer["webhooks"]] == [
        ("main", True, True)
    ]
    assert SECRET not in json.dumps(answer)


def test_control_sends_bytes_and_events_and_tells_what_became_of_them(server, inbox):
    raw = (SAMPLES / "job.faulted.indented.json").read_bytes()
    request = {"bodies": [base64.b64encode(raw).decode()], "events": [{"Type": "custom", "EventId": "ä"}], "wait": 10}

    status, answer = call(server, "POST", "/control/events", request)

    assert status == 200
    assert {delivery["outcome"] for delivery in answer["deliveries"]} == {"delivered"}
    assert {message.body for message in inbox.messages()} == {raw, '{"Type":"custom","EventId":"ä"}'.encode()}
    assert len(call(server, "GET", "/control/deliveries")[1]["deliveries"]) == 2
    assert len(call(server, "GET", "/control/deliveries?after=1")[1]["deliveries"]) == 1


def test_control_sends_folder_copies_with_fresh_ids(server, inbox):
    event = {"Type": "queueItem.added", "EventId": "1"}
    request = {"events": [event], "folders": [3, 4], "event_ids": "different", "fresh": True, "wait": 10}

    call(server, "POST", "/control/events", request)

    copies = [json.loads(message.body) for message in inbox.messages()]
    assert {copy["OrganizationUnitId"] for copy in copies} == {3, 4}
    assert len({copy["EventId"] for copy in copies} | {"1"}) == 3


def test_control_answers_202_to_ping_and_delivers_it(server, inbox):
    status, answer = call(server, "POST", "/control/ping", {"webhook": "main"})

    assert status == 202
    assert json.loads(inbox.wait_for(1)[0].body) == answer["event"]


def test_control_shows_an_open_breaker_and_resets_it(server, inbox):
    inbox.fault("relay", Fault(status=500))
    call(server, "POST", "/control/events", {"events": [{}], "wait": 10})

    [open_breaker] = call(server, "GET", "/control/breakers")[1]["breakers"]
    assert call(server, "POST", "/control/reset")[0] == 204
    [closed] = call(server, "GET", "/control/breakers")[1]["breakers"]

    assert (open_breaker["open"], open_breaker["lost"]) == (True, 1)
    assert 3590 < open_breaker["seconds_left"] <= 3600
    assert (closed["open"], closed["lost"]) == (False, 0)


@pytest.mark.parametrize(
    ("method", "path", "value", "status"),
    [
        ("GET", "/", None, 404),
        ("GET", "/nowhere", None, 404),
        ("GET", "/control/nowhere", None, 404),
        ("DELETE", "/control/webhooks/none", None, 404),
        ("POST", "/control/ping", {"webhook": "none"}, 404),
        ("POST", "/control/ping", {"wait": "long"}, 400),
        ("PUT", "/control/webhooks/main", {"secret": "x"}, 400),
        ("PUT", "/control/webhooks/main", {"url": "http://a", "retries": 3}, 400),
        ("PUT", "/control/webhooks/main", {"url": "http://a", "events": "job.*"}, 400),
        ("POST", "/control/events", [], 400),
        ("POST", "/control/events", {"events": {}}, 400),
        ("POST", "/control/events", {"bodies": ["?"]}, 400),
        ("POST", "/control/events", {"bodies": ["AA=="], "fresh": True}, 400),
        ("POST", "/control/events", {"events": [{}], "folders": [1], "event_ids": "some"}, 400),
    ],
)
def test_control_refuses_what_it_does_not_understand(server, method, path, value, status):
    answered, answer = call(server, method, path, value)

    assert answered == status
    assert answer["error"]


# The command line


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "local.orchestrator", *map(str, arguments)], capture_output=True, text=True, timeout=30
    )


def test_command_sends_files_once_and_says_a_line_for_each(inbox):
    files = [SAMPLES / "ping.json", SAMPLES / "job.faulted.json"]

    done = command("--webhook-url", f"{inbox.url}/inbox/relay", "--secret", SECRET, "--send", *files)

    assert done.returncode == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "delivered ping.json",
        "delivered job.faulted.json folder 1",
        "2 of 2 delivered",
    ]
    assert {message.body for message in inbox.messages()} == {file.read_bytes() for file in files}


def test_command_exits_1_when_a_delivery_fails(inbox):
    inbox.fault("relay", Fault(status=401))

    done = command("--webhook-url", f"{inbox.url}/inbox/relay", "--send", SAMPLES / "ping.json")

    assert done.returncode == 1
    assert "failed    ping.json: 401" in done.stdout


def test_command_names_a_missing_file_and_a_missing_url(tmp_path):
    missing = command("--webhook-url", "http://127.0.0.1:1", "--send", tmp_path / "none.json")
    aimless = command("--send", SAMPLES / "ping.json")

    assert (missing.returncode, aimless.returncode) == (2, 2)
    assert missing.stderr.endswith("none.json cannot be read: No such file or directory\n")
    assert aimless.stderr == "local.orchestrator: --send needs --webhook-url, the address to deliver to\n"


def test_command_names_a_busy_port(inbox):
    done = command("--port", inbox.port)

    assert done.returncode == 2
    assert done.stderr == (
        f"local.orchestrator: port {inbox.port} cannot be used (Address already in use): choose another with --port\n"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_serves_until_it_is_told_to_stop(number):
    process = subprocess.Popen(
        [sys.executable, "-m", "local.orchestrator", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        line = process.stdout.readline()
        os.kill(process.pid, number)
        process.wait(timeout=10)

    assert line.startswith("simulated Orchestrator on http://127.0.0.1:")
    assert process.returncode == 0
