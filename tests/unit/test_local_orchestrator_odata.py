from typing import Any

import pytest

from local.orchestrator.odata import BadQuery, Shape, listed

ROWS: list[dict[str, Any]] = [
    {"Id": 1, "Key": "a", "EndTime": "2026-03-02T10:00:00.5Z", "State": "Running", "Robot": {"Name": "r1"}},
    {"Id": 2, "Key": "b'c", "EndTime": "2026-03-02T12:00:00+02:00", "State": "Faulted", "Robot": None},
    {"Id": 3, "Key": None, "EndTime": None, "State": "Faulted", "Robot": {"Name": "r2"}},
]
SHAPE = Shape(
    "JobDto",
    frozenset(("Id", "Key", "EndTime", "State")),
    frozenset(("Robot",)),
    {"State": ("Pending", "Running", "Faulted")},
    max_top=100,
)


def ids(**query):
    return [row["Id"] for row in listed(ROWS, {f"${name}": text for name, text in query.items()}, SHAPE).rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Id eq 2", [2]),
        ("Id ne 2", [1, 3]),
        ("Id gt 1 and Id le 3", [2, 3]),
        ("(Id eq 1 or Id eq 3) and State eq 'Faulted'", [3]),
        ("Id eq 1 or Id eq 3 and State eq 'Running'", [1]),
        ("not (Id eq 1)", [2, 3]),
        ("Key eq 'b''c'", [2]),
        ("Key eq null", [3]),
        ("EndTime eq null", [3]),
        ("EndTime ge 2026-03-02T10:00:00.5Z", [1]),
        ("EndTime le 2026-03-02T10:00:00.5+00:00", [1, 2]),
        ("EndTime lt 2026-03-02T10:00:00.5000001Z", [1, 2]),
        ("EndTime ge 2026-03-02T12:00:00+02:00", [1, 2]),
        ("((EndTime ge 2026-03-02T10:00:00.264Z) and (State eq 'Running'))", [1]),
        ("State eq '2'", [2, 3]),
        ("State in ('Pending','Running')", [1]),
        ("Robot/Name eq 'r2'", [3]),
        ("contains(Key,'''')", [2]),
        ("startswith(Key, 'b') or endswith(Key, 'a')", [1, 2]),
    ],
)
def test_filters_choose_rows(text, expected):
    assert ids(filter=text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Id",
            "Id eq",
            "eq 1",
            "Id eq 1)",
            "(Id eq 1",
            "Id eq 1 Id eq 2",
            "Id = 1",
            "EndTime ge 2026-13-02T10:00:00Z",
            "Id eq one",
            "Nothing eq 1",
        ),
        *("EndTime ge '2026-03-02T10:00:00Z'", "State eq 'Gone'", "State eq '9'", "Id gt null", "contains(Key)"),
        *("EndTime ge 2026-13-02T10:00:00Z", "EndTime ge 2026-03-02"),
        *("Id in ()", "lower(Key) eq 'a'", "Key eq 'a' & Id eq 1"),
    ],
)
def test_filters_that_mean_nothing_are_refused(text):
    with pytest.raises(BadQuery):
        ids(filter=text)


def test_order_puts_null_first_and_keeps_what_is_equal():
    assert ids(orderby="State,Id desc") == [3, 2, 1]
    assert ids(orderby="EndTime") == [3, 2, 1]
    assert ids(orderby="EndTime desc") == [1, 2, 3]


def test_pages_are_cut_after_filter_and_order():
    assert ids(orderby="Id desc", skip="1", top="1") == [2]
    assert ids(skip="5") == []
    assert ids(top="0") == []


def test_count_is_of_all_that_match_and_told_when_asked():
    assert listed(ROWS, {"$filter": "Id gt 1", "$top": "1", "$count": "true"}, SHAPE).count == 2
    assert listed(ROWS, {"$top": "1"}, SHAPE).count is None


def test_select_and_expand_choose_members():
    assert listed(ROWS[:1], {"$select": "Id"}, SHAPE).rows == [{"Id": 1}]
    assert listed(ROWS[:1], {"$select": "Id", "$expand": "Robot"}, SHAPE).rows == [{"Id": 1, "Robot": {"Name": "r1"}}]
    assert listed(ROWS[:1], {}, SHAPE).rows[0].keys() == {"Id", "Key", "EndTime", "State"}
