import gzip
from datetime import UTC, datetime

import pytest

from relay.archive import archive, distinct
from relay.errors import Unavailable
from relay.event import wrap


class Store(dict[str, bytes]):
    broken = ""

    def put(self, key, content, _):
        if self.broken and self.broken in key:
            raise Unavailable("the bucket did not take an object: SlowDown")
        self[key] = content

    def lines(self):
        return [line for content in self.values() for line in gzip.decompress(content).decode().splitlines()]


def _record(number, source="main", hour=3, body=None):
    text = wrap(
        b'{"Type":"job.faulted","EventId":"%d"}' % number,
        relaysource=source,
        received_at=datetime(2026, 11, 21, hour, tzinfo=UTC),
        secret_version="v1",
    ).text()
    return {"messageId": f"m{number}", "body": text if body is None else body}


def test_a_batch_is_one_object_per_source_and_hour_of_receipt():
    store = Store()

    failed = archive([_record(1), _record(2), _record(3, hour=4), _record(4, source="second")], store)

    assert failed == []
    assert sorted(key.rpartition("/")[0] for key in store) == [
        "events/source=main/date=2026-11-21/hour=03",
        "events/source=main/date=2026-11-21/hour=04",
        "events/source=second/date=2026-11-21/hour=03",
    ]
    assert sorted(store.lines()) == sorted(
        _record(n, s, h)["body"] for n, s, h in [(1, "main", 3), (2, "main", 3), (3, "main", 4), (4, "second", 3)]
    )


def test_redelivery_of_the_same_batch_overwrites_its_object():
    store = Store()

    archive([_record(1), _record(2)], store)
    archive([_record(2), _record(1)], store)

    assert len(store) == 1


def test_regrouped_redelivery_shows_each_event_once():
    store = Store()

    archive([_record(1), _record(2)], store)
    archive([_record(2), _record(3)], store)

    assert len(store.lines()) == 4
    assert [envelope["id"] for envelope in distinct(store.lines())] == [f"job.faulted:{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("poison", ["", "not json", "{}", '{"id":1,"data":{}}'])
def test_one_poison_record_fails_alone(poison):
    store = Store()

    failed = archive([_record(1), _record(2, body=poison), _record(3)], store)

    assert failed == ["m2"]
    assert len(store.lines()) == 2


def test_a_refused_object_fails_only_its_own_records():
    store = Store()
    store.broken = "hour=04"

    failed = archive([_record(1), _record(2, hour=4), _record(3, hour=4)], store)

    assert failed == ["m2", "m3"]
    assert len(store.lines()) == 1
