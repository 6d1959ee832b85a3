import gc
import io
import json
import tracemalloc

import pytest

from relay.keyring import STAGES
from relay.telemetry import logger, metrics
from tests.stores import Clock, Shelf, Vault, ingest_of, request

FORGERIES = 10_000
MARK = "attacker"


@pytest.fixture
def vault():
    return Vault()


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def handler(vault, shelf, clock):
    ingest = ingest_of(vault, shelf, clock, seconds=60)
    metrics.clear_metrics()  # what other tests counted
    return metrics.log_metrics(lambda event, _: ingest.answer(event))


@pytest.fixture
def log(monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", written)
    return written


def _forged(number, source="main"):
    body = f'{{"Type":"job.faulted","EventId":"{MARK}{number}"}}'.encode()
    asked = request(body, f"guess {number}", source)
    asked["headers"] |= {"user-agent": f"{MARK}\n{{}}", MARK: MARK}
    return asked


def _counted(emf):
    totals: dict[str, int] = {}
    for line in map(json.loads, emf.splitlines()):
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            totals[metric["Name"]] = totals.get(metric["Name"], 0) + sum(line[metric["Name"]])
    return totals


def test_forgeries_cost_one_read_a_minute_and_say_nothing(handler, vault, shelf, clock, log, capsys):
    answers = set()
    for number in range(FORGERIES):
        clock.now += 0.017999  # 180 seconds in all
        answers.add(handler(_forged(number), None)["statusCode"])

    emf = capsys.readouterr().out
    assert answers == {401}
    assert vault.reads == 3 * len(STAGES)
    assert _counted(emf) == {"Unauthorized": FORGERIES}
    assert (log.getvalue(), MARK in emf) == ("", False)
    assert (shelf.published, shelf.queued, shelf.objects) == ([], [], {})


def test_forgeries_take_no_memory(handler, capsys):
    for number in range(200):
        handler(_forged(number), None)
    capsys.readouterr()

    tracemalloc.start()
    for number in range(1_000):
        handler(_forged(number), None)
        capsys.readouterr()
    gc.collect()  # what is only waiting to be collected is not kept
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 200_000


def test_guessed_sources_cost_one_read_each_and_never_push_out_a_real_one(handler, vault, clock, log, capsys):
    handler(request(b"{}"), None)
    real = vault.reads

    for number in range(1_000):
        handler(_forged(number, f"{MARK}-{number}"), None)
        handler(_forged(number, f"{MARK}-{number}"), None)
        assert handler(request(b'{"Type":"ping"}'), None)["statusCode"] == 200

    emf = capsys.readouterr().out
    assert (real, vault.reads) == (len(STAGES), len(STAGES) + 1_000)
    assert _counted(emf) == {"UnknownSource": 2_000, "EventsAccepted": 1_001}
    assert (log.getvalue(), MARK in emf) == ("", False)


def test_guessed_sources_are_forgotten(vault, shelf, clock):
    ingest = ingest_of(vault, shelf, clock)

    for number in range(2_000):
        ingest.answer(_forged(number, f"{MARK}-{number}"))

    assert len(ingest.keyring._unknown) <= 256


def test_a_source_is_noticed_a_minute_after_it_was_made_and_after_it_was_removed(vault, shelf, clock):
    ingest = ingest_of(vault, shelf, clock)
    asked = request(b"{}", "its secret", "late")
    answers = [ingest.answer(asked)["statusCode"]]
    for value in (("v1", "its secret"), None):
        vault.values["relay/sources/late/webhook", "AWSCURRENT"] = value
        clock.now += 60
        answers += [ingest.answer(asked)["statusCode"] for _ in range(2)]

    assert answers == [404, 200, 200, 404, 404]


def test_unprovable_forgeries_are_spooled_within_their_budget_and_logged_without_their_text(
    handler, vault, shelf, log, capsys
):
    vault.down = True

    for number in range(200):
        handler(_forged(number) | {"body": MARK * 1_000}, None)

    emf = capsys.readouterr().out
    assert len(shelf.queued) == 1_000_000 // (len(MARK) * 1_000)
    assert MARK not in emf + log.getvalue()
    assert vault.reads == 1
