from datetime import timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from relay.event import Event
from relay.orchestrator.catalogue import entity_of
from relay.state import KINDS, keep
from relay.state.kind import DELETED, ENDED, OPEN
from relay.state.merge import State, merge, version
from relay.state.rows import current_row, state_of
from tests.tables import Item, MemoryTable, RacedTable
from tests.told import RECEIVED_AT, told

DAYS = 30
TIMES: list[object] = [
    None,
    "",
    "yesterday",
    "0001-01-01T00:00:00",
    "2019-08-16T07:16:25.7Z",
    "2024-03-20T13:06:03",
    "2024-03-20T13:06:03.18467Z",
    "2024-03-20T13:06:03.1846774Z",
    "2024-03-20T14:06:03.1846774+01:00",
    "2024-03-20T13:06:03.1846775Z",
]
WORDS: list[object] = ["", "Running", "Successful", "Retried", "Deleted", "é" * 600, 3, True, None, ["x"], {"a": 1}]
MEMBERS: dict[str, list[object]] = {
    **dict.fromkeys(("CreationTime", "StartTime", "EndTime", "ReportingTime", "DeletionTime"), TIMES),
    **dict.fromkeys(
        ("State", "Status", "IsUnresponsive", "Name", "Info", "RetryNumber", "ReviewStatus", "Title"), WORDS
    ),
    **dict.fromkeys(("LicenseErrorCode", "AssignedToUserId"), WORDS),
}
entities = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in MEMBERS.items()})


@st.composite
def events_of(draw: st.DrawFn, kind: str) -> list[Event]:
    """Draw events of one entity: known types and an unseen one, few ids and times, so that many are equal."""
    names = st.sampled_from([*KINDS[kind].steps, *([] if kind == "session" else [f"{kind}.unseen"])])
    return [draw(events(name)) for name in draw(st.lists(names, min_size=1, max_size=6))]


@st.composite
def events(draw: st.DrawFn, name: str) -> Event:
    entity = entity_of(name)
    assert entity
    beside = {"Timestamp": draw(st.sampled_from(TIMES)), "OrganizationUnitId": draw(st.sampled_from([None, 1, 2]))}
    item = {**draw(entities), entity.id_member: "7"}
    return told(
        name,
        event_id=draw(st.sampled_from("12")),
        received_at=RECEIVED_AT + timedelta(seconds=draw(st.integers(0, 2))),
        **{entity.members[0]: draw(st.sampled_from([item, [item], [item, item]]))},
        **beside,
    )


def kept(events: list[Event]) -> dict[str, Item]:
    table = MemoryTable()
    for event in events:
        keep(event, table, DAYS)
    return table.current()


several = st.sampled_from(("job", "queueItem", "session", "task", "robot", "process")).flatmap(events_of)


@given(data=st.data(), events=several)
def test_any_order_and_repetition_gives_one_state(data: st.DataObject, events: list[Event]) -> None:
    again = data.draw(st.lists(st.sampled_from(events), max_size=4))
    order = data.draw(st.permutations(events + again))

    assert kept(order) == kept(events)


@given(data=st.data(), events=several)
def test_writers_racing_each_other_give_the_same_state(data: st.DataObject, events: list[Event]) -> None:
    order = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=2))))
    apart = data.draw(st.integers(0, len(order) - 1))
    table = RacedTable([partial(keep, event, retention_days=DAYS) for event in order[:apart]])

    for event in order[apart:]:
        keep(event, table, DAYS)
    while table.others:  # those that no reader waited for
        table.others.pop()(table)

    assert table.current() == kept(events)


@given(data=st.data(), name=st.sampled_from(("job", "queueItem", "task", "robot")))
def test_what_absorbs_is_never_undone(data: st.DataObject, name: str) -> None:
    events, more = data.draw(events_of(name)), data.draw(events_of(name))

    before, after = (kept(events), kept(events + more))

    assert all(absorbs(name, after[pk]) >= absorbs(name, before[pk]) for pk in before)


def absorbs(name: str, item: Item) -> int:
    return KINDS[name].absorbing.get(str(item.get("status")), OPEN)


VERSIONS = [
    version(part, time, 3, "a") for part in (OPEN, ENDED, DELETED) for time in ("", "2024-03-20T13:06:03.1846774Z")
]
states = st.dictionaries(
    st.sampled_from(["Id", "Info", "RetryNumber", "folderid"]),
    st.tuples(st.sampled_from(VERSIONS), st.text(max_size=2) | st.integers(-2, 2)),
)


@given(states, states, states)
def test_merge_is_commutative_associative_and_idempotent(one: State, two: State, three: State) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == one
    assert merge(one, {}) == one


@given(states)
def test_a_stored_state_is_read_as_it_was(state: State) -> None:
    assert state_of(current_row("main", KINDS["job"], "7", state, 1, DAYS)) == state
