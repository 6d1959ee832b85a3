from collections.abc import Iterator
from datetime import timedelta

import pytest

from relay.errors import Unavailable
from relay.event import Event
from relay.state import keep, newest
from relay.state.rows import SHARDS
from tests.tables import Item, MemoryTable
from tests.told import RECEIVED_AT, sample, told

DAYS = 90
DAY = 86_400
EARLY, LATE = "2024-03-20T13:00:00Z", "2024-03-20T14:00:00Z"


def job(name: str, timestamp: object = EARLY, event_id: str = "1", **fields: object) -> Event:
    return told(f"job.{name}", event_id=event_id, Timestamp=timestamp, Job={"Key": "k", **fields})


def kept(*events: Event) -> Item:
    table = MemoryTable()
    for event in events:
        keep(event, table, DAYS)
    (item,) = table.current().values()
    return item


def test_a_job_that_ended_absorbs_what_comes_out_of_order() -> None:
    item = kept(job("faulted", EARLY, Info="broken"), job("started", LATE, Info="Waiting", StartTime=EARLY))

    assert (item["status"], item["since"]) == ("Faulted", "2024-03-20T13:00:00.0000000Z")
    assert (item["Info"], item["StartTime"]) == ("broken", EARLY)


def test_the_documented_copy_of_a_completed_job_does_not_suspend_it() -> None:
    item = kept(sample("job.completed"), sample("job.suspended"))

    assert (item["status"], item["EndTime"]) == ("Successful", "2023-05-24T06:09:45.2861846Z")


def test_what_is_deleted_stays_deleted() -> None:
    def queue(name: str, timestamp: str, **fields: object) -> Event:
        return told(f"queue.{name}", Timestamp=timestamp, Queues=[{"Id": 1, **fields}])

    item = kept(queue("deleted", EARLY, Name="old"), queue("updated", LATE, Name="new", SlaInMinutes=5))

    assert (item["status"], item["Name"], item["SlaInMinutes"]) == ("Deleted", "old", 5)


def test_an_item_processed_is_not_in_progress_again() -> None:
    def item(name: str, timestamp: str, status: str) -> Event:
        return told(f"queueItem.{name}", Timestamp=timestamp, QueueItem={"Key": "k", "Status": status})

    failed = kept(item("transactionFailed", EARLY, "Failed"), item("transactionStarted", LATE, "InProgress"))
    retried = kept(item("transactionFailed", EARLY, "Failed"), item("retried", LATE, "Retried"))

    assert failed["status"] == "Failed"
    assert retried["status"] == "Retried"
    assert "index_pk" not in retried


def session(timestamp: object, **fields: object) -> Event:
    return told("robot.status", Timestamp=timestamp, Sessions=[{"SessionId": 1, "State": "Available", **fields}])


def task(name: str, timestamp: object, **fields: object) -> Event:
    return told(f"task.{name}", Timestamp=timestamp, Tasks=[{"Id": 1, **fields}])


CLEARED = {
    "licence error": ("LicenseErrorCode", session(EARLY, LicenseErrorCode="NoLicense"), session(LATE)),
    "null": (
        "LicenseErrorCode",
        session(EARLY, LicenseErrorCode="NoLicense"),
        session(LATE, LicenseErrorCode=None),
    ),
    "task's user": (
        "AssignedToUserId",
        task("assignmentChanged", EARLY, Status="Pending", AssignedToUserId=5),
        task("assignmentChanged", LATE, Status="Unassigned"),
    ),
}


@pytest.mark.parametrize(("field", "earlier", "later"), CLEARED.values(), ids=CLEARED)
def test_what_an_event_clears_is_empty_in_any_order(field: str, earlier: Event, later: Event) -> None:
    assert kept(earlier, later) == kept(later, earlier)
    assert kept(earlier, later)[field] == ""
    assert kept(earlier)[field] != ""


def test_an_event_that_clears_nothing_leaves_what_it_does_not_name() -> None:
    item = kept(task("assignmentChanged", EARLY, AssignedToUserId=5), task("saved", LATE))

    assert item["AssignedToUserId"] == "5"


def test_without_a_time_nothing_is_cleared() -> None:
    assert kept(session(EARLY, LicenseErrorCode="NoLicense"), session(None))["LicenseErrorCode"] == "NoLicense"


@pytest.mark.parametrize("absent", [None, "", "0001-01-01T00:00:00", "soon"])
def test_an_event_without_any_time_only_fills_in_what_is_missing(absent: object) -> None:
    item = kept(job("started", EARLY, Info="first"), job("suspended", absent, Info="second", HostMachineName="pc"))

    assert (item["status"], item["Info"], item["HostMachineName"]) == ("Running", "first", "pc")


def test_an_end_without_any_time_is_an_end_all_the_same() -> None:
    item = kept(job("started", EARLY, Info="first"), job("faulted", None, Info="second"))

    assert (item["status"], item["Info"]) == ("Faulted", "first")
    assert "since" not in item


def test_an_absent_timestamp_gives_way_to_the_entity_s_own_latest_time() -> None:
    item = kept(job("suspended", None, StartTime=EARLY, ResumeTime=LATE))

    assert item["since"] == "2024-03-20T14:00:00.0000000Z"


def test_since_is_the_time_of_the_last_event_that_told_the_status() -> None:
    item = kept(session(EARLY, State="Disconnected"), session(LATE, State="Disconnected"))

    assert item["since"] == "2024-03-20T14:00:00.0000000Z"
    assert item["index_sk"] == "2024-03-20T14:00:00.0000000Z#1"


def test_equal_times_are_ordered_by_the_lifecycle_then_by_id() -> None:
    by_rank = kept(job("resumed", EARLY), job("suspended", EARLY))
    by_id = kept(job("started", EARLY, "2", Info="two"), job("started", EARLY, "1", Info="one"))

    assert by_rank["status"] == "Resumed"
    assert by_id["Info"] == "two"


def test_an_unknown_type_touches_the_timeline_only() -> None:
    table = MemoryTable()

    keep(job("teleported", EARLY, State="Elsewhere"), table, DAYS)

    ((_, sk),) = table.items
    assert sk == "event#2024-03-20T13:00:00.0000000Z#job.teleported:1"


def test_each_entity_of_an_event_has_its_own_state() -> None:
    table = MemoryTable()

    assert keep(sample("robot.deleted"), table, DAYS) == 3
    assert {item["Name"] for item in table.current().values()} == {"TestAPI", "DocBot", "bench-iFPcNQWYGQ"}


@pytest.mark.parametrize(
    "event",
    [sample("custom"), sample("unknown"), told("job.faulted", Job={"Id": 1}), told("job.faulted"), told("ping", "")],
)
def test_an_event_without_a_usable_entity_leaves_no_state(event: Event) -> None:
    table = MemoryTable()

    assert keep(event, table, DAYS) == 0
    assert not table.items


def test_an_event_received_twice_has_one_line_and_one_write() -> None:
    table = MemoryTable()

    for received_at in (RECEIVED_AT, RECEIVED_AT + timedelta(minutes=5)):
        keep(told("custom.job", received_at=received_at), table, DAYS)
        keep(told("job.started", received_at=received_at, Job={"Key": "k"}), table, DAYS)

    assert sorted(sk for _, sk in table.items) == ["current", "event##job.started:1"]


def test_a_line_of_the_timeline_says_what_happened_and_expires() -> None:
    table = MemoryTable()

    keep(sample("job.suspended"), table, DAYS)

    (line,) = (item for (_, sk), item in table.items.items() if sk.startswith("event#"))
    assert line == {
        "pk": "main#job#d7a77655-3245-4d97-b127-04b3abebc439",
        "sk": "event#2023-05-24T06:09:41.9292205Z#job.suspended:15412ff77dce4d489fc32c273862839b.1",
        "type": "job.suspended",
        "id": "job.suspended:15412ff77dce4d489fc32c273862839b.1",
        "time": "2023-05-24T06:09:41.9292205Z",
        "timesource": "event",
        "receivedat": "2026-03-01T12:00:00.0000000Z",
        "severity": "info",
        "folderid": "1",
        "status": "Suspended",
        "reported_state": "Successful",
        "expires": int(RECEIVED_AT.timestamp()) + DAYS * DAY,
    }


@pytest.mark.parametrize(("retention", "days"), [(90, 90), (7, 60)])
def test_only_what_is_settled_expires_and_never_before_a_late_event_may_come(retention: int, days: int) -> None:
    table = MemoryTable()

    keep(job("started"), table, retention)
    assert all("expires" not in item for item in table.current().values())

    keep(job("completed"), table, retention)
    assert [item["expires"] for item in table.current().values()] == [int(RECEIVED_AT.timestamp()) + days * DAY]


def test_items_hold_bounded_text_and_no_payload() -> None:
    item = kept(
        job("faulted", Info="é" * 600, Name="marker", OutputArguments={"a": "marker"}, Robot={"Name": "\ud800"})
    )

    info = str(item["Info"])
    assert len(info.encode()) <= 1024
    assert info == "é" * 510 + "…"
    assert item["RobotName"] == "\N{REPLACEMENT CHARACTER}"
    assert "marker" not in str(item)


def test_versions_name_the_event_that_set_each_field() -> None:
    item = kept(job("started", EARLY, StartTime=EARLY), job("completed", LATE, EndTime=LATE))

    assert item["versions"] == (
        '{"0 2024-03-20T13:00:00.0000000Z 01 job.started:1":"StartTime",'
        '"1 2024-03-20T14:00:00.0000000Z 07 job.completed:1":"EndTime receivedat status"}'
    )


class _TakenTable(MemoryTable):
    def replace(self, item: Item, revision: int) -> bool:
        return item["sk"] != "current" and super().replace(item, revision)


def test_a_race_lost_too_often_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="too often"):
        keep(job("started"), _TakenTable(), DAYS)


class _Shards:
    """Eight faulted jobs, two in each shard, the higher number the newer."""

    def query(self, index_pk: str, page: int) -> Iterator[Item]:
        prefix, _, shard = index_pk.rpartition("#")
        assert (prefix, page) == ("main#job#Faulted", 3)
        return iter([{"index_sk": f"2024#{place * SHARDS + int(shard)}"} for place in (1, 0)])


def test_newest_merges_the_shards() -> None:
    assert [item["index_sk"] for item in newest(_Shards(), "main", "job", "Faulted", 3)] == [
        "2024#7",
        "2024#6",
        "2024#5",
    ]
