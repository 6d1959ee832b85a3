import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from relay.aws.table import INDEX, Item, Table
from relay.errors import Refused, Unavailable
from relay.event import Event
from relay.state import CURRENT, keep, newest, pk
from relay.state.rows import SHARDS
from tests.tables import MemoryTable
from tests.told import sample, told

DAYS = 30
KEYS = ("pk", "sk", "index_pk", "index_sk")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"ACCESS_KEY_ID": "fake", "SECRET_ACCESS_KEY": "fake", "DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        made: Any = botocore.session.Session().create_client("dynamodb")
        made.create_table(
            TableName="state",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
            KeySchema=_keys("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": INDEX,
                    "KeySchema": _keys("index_pk", "index_sk"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


@pytest.fixture
def table(client: Any) -> Table:
    return Table(client, "state")


def item(sk: str = CURRENT, **attributes: str | int) -> Item:
    return {"pk": "main#job#k", "sk": sk, "revision": 1, **attributes}


def test_an_item_is_read_as_it_was_put(table: Table) -> None:
    put = item(Info="é\n", ProcessVersion="", expires=1_800_000_000, RetryNumber=-(2**63))

    assert table.put_first(put)
    assert table.get("main#job#k", CURRENT) == put
    assert table.get("main#job#other", CURRENT) is None


def test_the_first_item_put_stays(table: Table) -> None:
    assert table.put_first(item(Info="first"))
    assert not table.put_first(item(Info="second"))

    stored = table.get("main#job#k", CURRENT)
    assert stored
    assert stored["Info"] == "first"


def test_an_item_is_replaced_only_at_the_revision_that_was_read(table: Table) -> None:
    assert table.replace(item(revision=1), 0)
    assert not table.replace(item(revision=1, Info="late"), 0)
    assert table.replace(item(revision=2), 1)
    assert not table.replace(item(revision=2, Info="late"), 1)
    assert not table.replace(item(sk="other", revision=3), 2)

    assert table.get("main#job#k", CURRENT) == item(revision=2)


def test_samples_in_any_order_leave_what_memory_holds(table: Table) -> None:
    memory = MemoryTable()
    names = ("job.suspended", "job.created", "job.completed", "job.stopped", "job.suspended", "job.resumed")

    for name in names:
        keep(sample(name), table, DAYS)
    for name in sorted(names):
        keep(sample(name), memory, DAYS)

    for entity, known in memory.current().items():
        assert {**(table.get(entity, CURRENT) or {}), "revision": 0} == known


class _Slow:
    """A client whose first conditional write lets another writer go first."""

    def __init__(self, client: Any, first: Callable[[], object]) -> None:
        self._client = client
        self._first: Callable[[], object] | None = first

    def put_item(self, **request: Any) -> Any:
        if request["Item"]["sk"]["S"] == CURRENT and self._first:
            first, self._first = self._first, None
            first()
        return self._client.put_item(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.parametrize("earlier", [[], ["job.resumed"]], ids=["none was there", "one was there"])
def test_who_loses_a_race_merges_again(client: Any, table: Table, earlier: list[str]) -> None:
    for name in earlier:
        keep(sample(name), table, DAYS)

    slow = Table(_Slow(client, lambda: keep(sample("job.suspended"), table, DAYS)), "state")

    keep(sample("job.completed"), slow, DAYS)

    stored = table.get(pk("main", "job", "d7a77655-3245-4d97-b127-04b3abebc439"), CURRENT)
    assert stored
    assert (stored["status"], stored["revision"]) == ("Successful", 2 + len(earlier))
    assert "job.suspended" not in str(stored["versions"])


def test_a_timeline_is_told_oldest_first(table: Table) -> None:
    for name in ("job.stopped", "job.created"):
        keep(sample(name), table, DAYS)

    lines = list(table.timeline(pk("main", "job", "353d5b32-4749-4738-850c-48f94eb6fc6b")))

    assert [line["type"] for line in lines] == ["job.created", "job.stopped"]


def test_faulted_jobs_are_found_newest_first(table: Table) -> None:
    for number in range(12):
        fault = {"Key": f"job-{number}", "State": "Faulted"}
        keep(told("job.faulted", str(number), Timestamp=f"2024-03-20T13:06:{number:02}Z", Job=fault), table, DAYS)

    found = newest(table, "main", "job", "Faulted", 11)

    assert [job["key"] for job in found] == [f"job-{number}" for number in range(11, 0, -1)]
    assert newest(table, "main", "job", "Stopped", 5) == []
    assert sum(len(list(table.query(f"main#job#Faulted#{shard}", page=1))) for shard in range(SHARDS)) == 12


def test_the_documented_query_finds_the_last_faults(
    table: Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", Path("docs/operations.md").read_text(), re.DOTALL)
    for number in range(25):
        fault = {"Key": f"job-{number}", "Release": {"Name": "Invoices"}}
        keep(told("job.faulted", str(number), Timestamp=f"2024-03-20T13:06:{number:02}Z", Job=fault), table, DAYS)
    (tmp_path / "example.py").write_text(example.replace("<StateTableName>", "state"))

    runpy.run_path(str(tmp_path / "example.py"))

    lines = [f"2024-03-20T13:06:{number:02}.0000000Z job-{number} Invoices" for number in range(24, 4, -1)]
    assert capsys.readouterr().out.splitlines() == lines


def test_what_is_no_longer_asked_for_leaves_the_index(table: Table) -> None:
    def session(minute: int, state: str) -> Event:
        reported = {"SessionId": 1, "State": state}
        return told("robot.status", Timestamp=f"2024-03-20T13:{minute:02}:00Z", Sessions=[reported])

    keep(session(0, "Disconnected"), table, DAYS)
    assert len(newest(table, "main", "session", "Disconnected", 5)) == 1

    keep(session(1, "Busy"), table, DAYS)
    assert newest(table, "main", "session", "Disconnected", 5) == []


CALLS: list[Callable[[Table], object]] = [
    lambda table: table.get("main#job#k", CURRENT),
    lambda table: table.put_first(item()),
    lambda table: table.replace(item(), 1),
    lambda table: list(table.timeline("main#job#k")),
    lambda table: list(table.query("main#job#Faulted#0", 5)),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_missing_table_is_unavailable(client: Any, call: Callable[[Table], object]) -> None:
    with pytest.raises(Unavailable, match="ResourceNotFoundException"):
        call(Table(client, "missing"))


@pytest.mark.parametrize("call", CALLS)
def test_an_unreachable_table_is_unavailable(call: Callable[[Table], object]) -> None:
    class Unreachable:
        def get_item(self, **_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://marker")

        put_item = get_item

        def get_paginator(self, _: str) -> "Unreachable":
            return self

        paginate = get_item

    with pytest.raises(Unavailable) as raised:
        call(Table(Unreachable(), "state"))
    assert "marker" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_what_dynamodb_never_takes_is_refused_without_quoting_it(table: Table) -> None:
    with pytest.raises(Refused) as raised:
        table.put_first({"pk": "", "sk": CURRENT, "Info": "marker"})
    assert "marker" not in str(raised.value)
