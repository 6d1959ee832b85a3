import re
from operator import attrgetter
from pathlib import Path

import pytest

from relay.orchestrator.catalogue import DOCUMENTED_TYPES, OTHER_TYPES, entity_of, group_of
from relay.orchestrator.payloads import MODELS, Entity
from relay.state import GROUPS, KINDS, keep
from tests.tables import MemoryTable
from tests.told import sample, told

DAYS = 30
OF_SAMPLE = {
    "job.created": ("job#353d5b32-4749-4738-850c-48f94eb6fc6b", "Pending", "Pending"),
    "job.started": ("job#da8fe505-d2a7-4546-b723-cf58807d69ad", "Running", "Running"),
    "job.suspended": ("job#d7a77655-3245-4d97-b127-04b3abebc439", "Suspended", "Successful"),
    "job.resumed": ("job#d7a77655-3245-4d97-b127-04b3abebc439", "Resumed", "Resumed"),
    "job.stopped": ("job#353d5b32-4749-4738-850c-48f94eb6fc6b", "Stopped", "Stopped"),
    "job.completed": ("job#d7a77655-3245-4d97-b127-04b3abebc439", "Successful", "Successful"),
    "job.faulted": ("job#9cc6c2e4-237d-42f6-8cb8-43010652fb22", "Faulted", "Faulted"),
    "job.faulted.indented": ("job#9cc6c2e4-237d-42f6-8cb8-43010652fb22", "Faulted", "Faulted"),
    "queueItem.added": ("queueItem#0e7fd9f2-5063-4ab4-a43e-5c3bf5ce6546", "New", "InProgress"),
    "queueItem.transactionStarted": ("queueItem#db36add9-dcde-4b79-83ac-bfb8ed0764e2", "InProgress", "InProgress"),
    "queueItem.transactionCompleted": (
        "queueItem#398a6d1f-615f-499c-86d3-ee325ab865b4",
        "Successful",
        "Successful",
    ),
    "queueItem.transactionFailed": ("queueItem#e855153c-6b4d-441a-82b5-3d4585214485", "Failed", "Failed"),
    "queueItem.transactionAbandoned": ("queueItem#b6bb7f83-5ffb-457c-bc46-ec7f607665f9", "Abandoned", "Abandoned"),
    "queueItem.retried": ("queueItem#1f0b7f3e-5d6b-4f5a-9b53-1d4b1a6c2e77", "New", "New"),
    "robot.created": ("robot#5769", "Present", None),
    "robot.updated": ("robot#225", "Present", None),
    "robot.deleted": ("robot#159", "Deleted", None),
    "robot.status": ("session#4778", "Busy", "Busy"),
    "queue.created": ("queue#40079", "Present", None),
    "queue.updated": ("queue#40079", "Present", None),
    "queue.deleted": ("queue#40079", "Deleted", None),
    "process.created": ("process#8a3db114-69c3-4b67-a8e7-7a5985bde461", "Present", None),
    "process.updated": ("process#688c79ec-205d-4c6f-a7e2-87c4fb258a92", "Present", None),
    "process.deleted": ("process#8a3db114-69c3-4b67-a8e7-7a5985bde461", "Deleted", None),
    "schedule.failed": ("schedule#134", "Failed", None),
    "schedule.failed.2": ("schedule#133", "Failed", None),
    "task.created": ("task#210", "Unassigned", "Unassigned"),
    "task.saved": ("task#0", "Pending", "Pending"),
    "task.saved.2": ("task#0", "Pending", "Pending"),
    "task.assignmentChanged": ("task#209", "Pending", "Pending"),
    "task.forwarded": ("task#18870", "Pending", "Pending"),
    "task.completed": ("task#208", "Completed", "Completed"),
    "task.deleted": ("task#7", "Deleted", "3"),
    "ping": ("ping#307348658", "Delivered", None),
}


@pytest.mark.parametrize(("name", "known"), OF_SAMPLE.items(), ids=OF_SAMPLE)
def test_each_sample_leaves_its_state(name: str, known: tuple[str, str, str | None]) -> None:
    table = MemoryTable()
    subject, status, reported = known

    keep(sample(name), table, DAYS)

    items = table.current()
    item = items[f"main#{subject}"]
    assert len(items) == sample(name).entitycount or name == "ping"
    assert (item["status"], item.get("reported_state"), item["since"]) == (status, reported, sample(name).time)


def test_every_documented_type_with_an_entity_has_a_step() -> None:
    steps = {step for kind in KINDS.values() for step in kind.steps}

    assert set(DOCUMENTED_TYPES) <= steps <= {*DOCUMENTED_TYPES, *OTHER_TYPES}
    assert set(DOCUMENTED_TYPES) | {"ping"} <= {name.removesuffix(".2").removesuffix(".indented") for name in OF_SAMPLE}


def test_groups_are_those_of_the_steps() -> None:
    assert set(GROUPS) == {group_of(step) for kind in KINDS.values() for step in kind.steps}
    for kind in KINDS.values():
        assert {entity.kind for step in kind.steps if (entity := entity_of(step))} <= {kind.name}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_keeps_fields_its_model_has_under_names_of_their_own(kind: object) -> None:
    name, fields = attrgetter("name", "fields")(kind)
    scalars = KINDS[name].scalars(MODELS.get(name, Entity)())

    assert len(scalars) == len(fields)
    assert all(name[0].isupper() for name in scalars)
    assert set(scalars.values()) <= {None}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_ranks_are_different_so_that_equal_times_have_an_order(kind: object) -> None:
    ranks = [step.rank for step in attrgetter("steps")(kind).values()]

    assert sorted(ranks) == list(range(len(ranks)))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_clears_only_what_it_keeps(kind: object) -> None:
    fields, steps = attrgetter("fields", "steps")(kind)

    assert {path for step in steps.values() for path in step.clears} <= set(fields)


def test_the_documentation_names_the_statuses_that_are_indexed() -> None:
    page = Path("docs/operations.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", page, re.MULTILINE)

    assert {kind: set(re.findall(r"\w+", statuses)) for kind, statuses in rows} == {
        kind.name: kind.asked_for for kind in KINDS.values() if kind.asked_for
    }


@pytest.mark.parametrize(
    ("session", "status"),
    [
        ({"State": "Available", "IsUnresponsive": True}, "Unresponsive"),
        ({"State": "Disconnected", "IsUnresponsive": True}, "Disconnected"),
        ({"State": "Busy", "IsUnresponsive": "false"}, "Busy"),
        ({"IsUnresponsive": 1}, "Unresponsive"),
        ({}, None),
    ],
)
def test_a_session_is_as_it_reports_unless_it_is_silent(session: dict[str, object], status: str | None) -> None:
    table = MemoryTable()

    keep(told("robot.status", Sessions=[{"SessionId": 1, **session}]), table, DAYS)

    assert table.current()["main#session#1"].get("status") == status


@pytest.mark.parametrize(("told_as", "status"), [(0, "Unassigned"), ("2", "Completed"), (3, "3"), ("x", "x")])
def test_a_task_status_may_be_a_number(told_as: object, status: str) -> None:
    table = MemoryTable()

    keep(told("task.saved", Tasks=[{"Id": 1, "Status": told_as}]), table, DAYS)

    assert table.current()["main#task#1"]["status"] == status
