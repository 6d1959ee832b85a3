import pytest

from relay.notify.decide import MOST_SINGLE, deliveries, facts
from relay.notify.groups import GROUPS
from relay.notify.rules import Rules
from relay.orchestrator.catalogue import DOCUMENTED_TYPES, group_of
from tests.told import event_of, no_base_url, sample, told

EVERYTHING = Rules.model_validate({"receivers": {"all": {"kind": "https"}}, "rules": [{"name": "all", "to": ["all"]}]})
FAULT = {"Key": "k1", "EndTime": "2026-03-01T11:00:00Z", "Info": "Boom", "Release": {"ProcessKey": "Invoices"}}


def _notices(event, rules=EVERYTHING):
    return [delivery.notice for delivery in deliveries(event, rules, no_base_url)]


def _ids(event):
    return [notice.id for notice in _notices(event)]


def _items(number, **members):
    return [{"Key": f"k{n}", "EndProcessing": "2026-03-01T11:00:00Z", **members} for n in range(number)]


@pytest.mark.parametrize("name", DOCUMENTED_TYPES)
def test_every_documented_event_can_be_told(name):
    notices = _notices(sample(name))

    assert group_of(name) in GROUPS
    assert all(notice.title and notice.details and notice.type == name for notice in notices)
    assert notices


def test_a_fault_says_what_where_when_and_why():
    (notice,) = _notices(sample("job.faulted"))

    shown = {detail.name: detail.value for detail in notice.details}
    assert (notice.severity, notice.title) == ("error", "Job faulted: FailingJob")
    assert notice.reason == "This workflow always fails"
    assert notice.text.startswith("An ExceptionDetail, likely created by")
    assert shown == {
        "Process": "FailingJob",
        "Robot": "local",
        "Machine": "PC-DOC",
        "Started": "2018-11-26 14:14:25 UTC",
        "Ended": "2018-11-26 14:14:26 UTC",
        "Folder": "1",
        "Source": "main",
        "Job": "9cc6c2e4-237d-42f6-8cb8-43010652fb22",
    }


PROBLEM = {"Code": "Robot.Lost", "Title": "The robot is gone", "Detail": "It has not\nreported for 5 minutes"}


@pytest.mark.parametrize(
    "event",
    [
        told("job.faulted", Job={"Key": "k", "Error": {name.lower(): value for name, value in PROBLEM.items()}}),
        told("queueItem.transactionFailed", QueueItem={"Key": "k", "Error": PROBLEM}),
    ],
    ids=["job", "queue item"],
)
def test_an_error_tells_the_reason_where_nothing_else_does(event):
    (notice,) = _notices(event)

    assert (notice.reason, notice.text) == (PROBLEM["Title"], PROBLEM["Detail"])


def test_a_job_s_error_tells_its_code():
    (notice,) = _notices(told("job.faulted", Job={"Key": "k", "Error": {"code": "Robot.Lost"}}))

    assert ("Error code", "Robot.Lost") in [(detail.name, detail.value) for detail in notice.details]


LONG = "no such invoice, " * 20


@pytest.mark.parametrize(
    ("exception", "reason", "text"),
    [
        ({"Reason": "Boom\nwhile posting", "Details": "at A\nat B"}, "Boom", "while posting\nat A\nat B"),
        ({"Reason": "Boom\nwhile posting"}, "Boom", "while posting"),
        ({"Reason": "Boom", "Details": "at A"}, "Boom", "at A"),
        ({"Reason": "Boom"}, "Boom", None),
        ({"Details": "Boom\nat A"}, None, "Boom\nat A"),
        ({"Reason": "Boom  it went", "Details": "Boom  it went\r\nat A"}, "Boom it went", "at A"),
        ({"Reason": "Boom\nwhile posting", "Details": "Boom\nat A"}, "Boom", "while posting\nat A"),
        ({"Reason": LONG}, f"{LONG[:199].rstrip()}…", LONG.rstrip()),
        ({"Reason": LONG, "Details": f"{LONG}\nat A"}, f"{LONG[:199].rstrip()}…", f"{LONG.rstrip()}\nat A"),
    ],
)
def test_an_exception_is_told_whole_and_nothing_of_it_twice(exception, reason, text):
    item = {"Key": "k", "ProcessingException": exception}

    (notice,) = _notices(told("queueItem.transactionFailed", QueueItem=item))

    assert (notice.reason, notice.text) == (reason, text)


def test_an_error_s_detail_is_told_beside_an_exception_s_reason():
    item = {"Key": "k", "ProcessingException": {"Reason": PROBLEM["Title"]}, "Error": PROBLEM}

    (notice,) = _notices(told("queueItem.transactionFailed", QueueItem=item))

    assert (notice.reason, notice.text) == (PROBLEM["Title"], PROBLEM["Detail"])


def test_folder_copies_are_one_notice():
    first = told("job.faulted", "1", Job=FAULT, OrganizationUnitId=1, Timestamp="2026-03-01T11:00:01Z")
    copy = told("job.faulted", "2", Job=FAULT, OrganizationUnitId=2, Timestamp="2026-03-01T11:00:02Z")

    assert _ids(first) == _ids(copy)


@pytest.mark.parametrize(
    "other",
    [
        told("job.faulted", Job=FAULT | {"EndTime": "2026-03-01T12:00:00Z"}),
        told("job.faulted", Job=FAULT | {"Key": "k2"}),
        told("job.stopped", Jobs=[FAULT]),
    ],
    ids=["again", "another job", "another type"],
)
def test_another_change_is_another_notice(other):
    assert set(_ids(told("job.faulted", Job=FAULT))).isdisjoint(_ids(other))


def test_a_job_that_goes_on_after_a_suspension_is_told_again():
    job = {"Key": "k1", "StartTime": "2026-03-01T11:00:00Z"}
    resumed = job | {"ResumeTime": "2026-03-01T12:00:00Z"}

    first, second = told("job.started", "1", Job=job), told("job.started", "2", Job=resumed)
    copy = told("job.started", "3", Job=resumed, OrganizationUnitId=2)

    unusable = told("job.started", "4", Job=job | {"ResumeTime": "0001-01-01T00:00:00"})

    assert _ids(first) != _ids(second) == _ids(copy)
    assert _ids(unusable) == _ids(first)
    assert {"name": "Resumed", "value": "2026-03-01 12:00:00 UTC"} in _notices(second)[0].model_dump()["details"]


def test_without_a_time_of_its_own_an_event_counts_by_its_timestamp():
    schedule = {"Id": 7, "Name": "Nightly"}
    at, then = "2026-03-01T11:00:00Z", "2026-03-01T12:00:00Z"

    first = told("schedule.failed", "1", ProcessSchedule=schedule, OrganizationUnitId=1, Timestamp=at)
    copy = told("schedule.failed", "2", ProcessSchedule=schedule, OrganizationUnitId=2, Timestamp=at)
    later = told("schedule.failed", "3", ProcessSchedule=schedule, Timestamp=then)

    assert _ids(first) == _ids(copy) != _ids(later)


def test_without_any_time_an_event_counts_by_its_id():
    first, later = (told("schedule.failed", number, ProcessSchedule={"Id": 7}) for number in "12")

    assert _ids(first) != _ids(later)
    assert _ids(first) == _ids(told("schedule.failed", "1", ProcessSchedule={"Id": 7}))


def test_a_session_falling_silent_is_news_though_its_time_stays():
    session = {"SessionId": 1, "State": "Busy", "ReportingTime": "2026-03-01T11:00:00Z"}

    busy = told("robot.status", Sessions=[session])
    silent = told("robot.status", Sessions=[session | {"State": "Disconnected"}])

    assert _ids(busy) != _ids(silent)
    assert _notices(silent)[0].title == "Robot disconnected"


def test_severity_is_that_of_the_entity():
    sessions = [{"SessionId": 1, "State": "Available"}, {"SessionId": 2, "State": "Disconnected"}]

    assert [notice.severity for notice in _notices(told("robot.status", Sessions=sessions))] == ["info", "warning"]


def test_what_an_item_holds_is_never_told():
    (notice,) = _notices(sample("queueItem.transactionFailed"))

    assert "A string" not in notice.model_dump_json()
    assert "35125" not in notice.model_dump_json()


def test_an_event_that_cannot_be_read_is_told_all_the_same():
    (notice,) = _notices(told("job.faulted", Job="what?"))

    assert (notice.severity, notice.title) == ("error", "Job faulted")
    assert [notice.severity for notice in _notices(event_of(b'{"Type":"job.faulted","Job":{"Info":"\xff"}}'))] == [
        "error"
    ]


def test_a_flood_becomes_a_summary():
    few = told("queueItem.transactionAbandoned", Queue={"Name": "Invoices"}, QueueItems=_items(MOST_SINGLE))
    many = told("queueItem.transactionAbandoned", Queue={"Name": "Invoices"}, QueueItems=_items(500, Reference="r"))

    (summary,) = _notices(many)

    assert len(_notices(few)) == MOST_SINGLE
    assert summary.title == "Transaction abandoned: 500 in Invoices"
    assert summary.entities == 500
    assert {"name": "Queue", "value": "Invoices"} in summary.model_dump()["details"]
    assert summary.text.splitlines()[-1] == "and 492 more"
    assert summary.id == _ids(told("queueItem.transactionAbandoned", "2", QueueItems=_items(500)[::-1]))[0]


def test_a_summary_of_sessions_says_what_each_is_in_and_names_the_worst_first():
    states = [("Available", False)] * 10 + [("Disconnected", False), ("Busy", True)]
    sessions = [
        {"SessionId": n, "HostMachineName": f"pc-{n}", "State": state, "IsUnresponsive": silent}
        for n, (state, silent) in enumerate(states)
    ]

    (summary,) = _notices(told("robot.status", Sessions=sessions))

    assert summary.text.splitlines()[:3] == ["disconnected · pc-10", "unresponsive · pc-11", "available · pc-0"]
    assert summary.severity == "warning"


def test_a_session_that_says_nothing_of_itself_is_named_in_a_summary():
    sessions = [{"SessionId": n, "RobotId": n} for n in range(6)]

    (summary,) = _notices(told("robot.status", Sessions=sessions))

    assert summary.text.splitlines() == ["0", "1", "2", "3", "4", "5"]


def test_an_entity_named_twice_is_told_once():
    assert len(_notices(told("job.stopped", Jobs=[FAULT, FAULT]))) == 1


def test_groups_without_a_module_are_not_told():
    assert facts(told("ping"), None) == []
    assert facts(told("custom"), None) == []
