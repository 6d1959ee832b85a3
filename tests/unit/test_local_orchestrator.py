import json
from pathlib import Path

import pytest

from local.orchestrator.breaker import Breaker
from local.orchestrator.events import Ledger, dump, facts_of
from local.orchestrator.signature import signature
from local.orchestrator.webhooks import Webhooks

BODIES = sorted((Path(__file__).parents[2] / "events" / "webhooks").glob("*.json"))


@pytest.mark.parametrize(
    ("body", "secret", "expected"),
    [  # printf %s BODY | openssl dgst -sha256 -hmac SECRET -binary | base64
        (b'{"Type":"ping"}', "s3cret", "LDObHYXzS4OwnP1xhCq7vi3bhuWZmBFSNWEpPuJjo58="),
        (b"", "s3cret", "kd+scMU0iwThuruLQhrJLOwItWW0nKFhMNzLclA2R7c="),
        ("Rückfrage".encode(), "Schlüssel", "wJYk2QLVrIgv94cOoX6iJoPG+btocVYBeMgkgB8tOcQ="),
    ],
)
def test_signature_equals_openssls(body, secret, expected):
    assert signature(body, secret) == expected


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_sample_bodies_are_what_this_orchestrator_would_write(path):
    body = path.read_bytes()

    written = dump(json.loads(body))

    assert (written == body) == (path.stem != "job.faulted.indented")


def test_fresh_event_differs_in_id_and_time_only():
    body = dump({"Type": "job.started", "EventId": "1", "Timestamp": "2018-11-26T14:14:26Z", "Job": {"Info": "für"}})
    ledger = Ledger(first=7)

    fresh = json.loads(ledger.fresh(body))

    assert list(fresh) == ["Type", "EventId", "Timestamp", "Job"]
    assert (fresh["EventId"], fresh["Job"]) == ("7", {"Info": "für"})
    assert len(fresh["Timestamp"]) == len("2018-11-26T14:14:26.2879878Z")


@pytest.mark.parametrize(("event_ids", "expected"), [("equal", ["1", "1", "1"]), ("different", ["1", "7", "8"])])
def test_folder_copies_differ_in_folder_and_perhaps_in_id(event_ids, expected):
    body = dump({"Type": "queue.updated", "EventId": "1", "OrganizationUnitId": 4, "UserId": 9})

    copies = [json.loads(copy) for copy in Ledger(first=7).folder_copies(body, [4, 5, 6], event_ids)]

    assert [copy["OrganizationUnitId"] for copy in copies] == [4, 5, 6]
    assert [copy["EventId"] for copy in copies] == expected
    assert {copy["UserId"] for copy in copies} == {9}


@pytest.mark.parametrize("body", [b"", b"[1]", b"not json", b"\xff", b"[" * 100_000])
def test_facts_of_strange_bodies_are_unknown(body):
    assert facts_of(body) == (None, None, None)


def test_facts_name_type_id_and_folder():
    assert facts_of(b'{"Type":"Job.Faulted","EventId":5,"OrganizationUnitId":26}') == ("Job.Faulted", "5", 26)


def test_breaker_closes_by_itself_and_later_failures_do_not_prolong_it():
    now = 100.0
    breaker = Breaker(3600, lambda: now)

    breaker.trip()
    now = 3000.0
    breaker.trip()

    assert breaker.is_open
    now = 3700.0
    assert not breaker.is_open


def test_webhooks_are_chosen_by_type_without_case():
    webhooks = Webhooks()
    webhooks.put("all", "http://a")
    webhooks.put("jobs", "http://b", events=["job.faulted"])
    webhooks.put("off", "http://c", enabled=False)

    assert [webhook.name for webhook in webhooks.subscribers("Job.Faulted")] == ["all", "jobs"]
    assert [webhook.name for webhook in webhooks.subscribers("job.started")] == ["all"]
    assert [webhook.name for webhook in webhooks.subscribers(None)] == ["all"]


def test_replaced_webhook_keeps_its_id_and_key():
    webhooks = Webhooks()
    first = webhooks.put("main", "http://a", secret="one")

    second = webhooks.put("main", "http://b", secret="two")

    assert (second.id, second.key) == (first.id, first.key)
    assert webhooks.all() == [second]


def test_webhook_does_not_print_its_secret():
    assert "s3cret" not in repr(Webhooks().put("main", "http://a", secret="s3cret"))
