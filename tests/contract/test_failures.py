"""docs/architecture.md's table of failures says what is tested, and what is tested is in the table."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.chaos.rule import Size, Store, expected

TESTS = Path("tests")
REMAINS_IMPOSSIBLE = "nothing can prove it: it is outside of the relay"


class Row(NamedTuple):
    fails: str
    happens: str
    lost: str


class Cell(NamedTuple):
    """A cell of tests/chaos/test_ingest.py."""

    stores: tuple[Store, ...]
    size: Size = "small"
    warm: bool = True


# By how a row's first column begins: the cells of ingest's matrix, and other tests.
PROOFS: dict[str, tuple[Cell | str, ...]] = {
    "EventsTopic refuses, throttles": (Cell(("topic",)), Cell(("topic",), "large"), Cell(("topic",), "dense")),
    "EventsTopic refuses an event for good": (
        "unit/test_ingest.py::test_what_the_topic_refuses_is_offered_in_base64",
        "unit/test_ingest.py::test_what_the_topic_refuses_for_good_is_quarantined",
    ),
    "Secrets Manager, after a first read": (
        Cell(("secrets",)),
        "chaos/test_ingest.py::test_secrets_read_long_ago_go_on_verifying",
    ),
    "Secrets Manager, at a cold start": (Cell(("secrets",), warm=False), Cell(("secrets",), "dense", warm=False)),
    "the bucket, for a body over 240 KB": (Cell(("bucket",), "large"),),
    "the bucket, for a body over 750 KB that gzip makes no smaller": (Cell(("bucket",), "dense"),),
    "topic and spool queue, or topic and bucket": (
        Cell(("topic", "queue")),
        Cell(("topic", "bucket")),
        Cell(("queue", "bucket")),
    ),
    "spool queue and bucket together, for a body over 240 KB": (Cell(("queue", "bucket"), "large"),),
    "topic, spool queue and bucket together": (Cell(("topic", "queue", "bucket")),),
    "Secrets Manager at a cold start, spool queue and bucket": (Cell(("queue", "bucket", "secrets"), warm=False),),
    "ingest is killed": (
        "chaos/test_kill_ingest.py::test_ingest_killed_at_any_call_loses_nothing_it_had_acknowledged",
    ),
    "DynamoDB": (
        "chaos/test_ingest.py::test_table_does_not_touch_ingest",
        "chaos/test_consumers.py::test_broken_store_changes_nothing_in_the_end",
        "chaos/test_consumers.py::test_notice_arrives_once_though_a_store_of_deliver_is_broken",
    ),
    "the bucket, for archive": ("chaos/test_consumers.py::test_broken_store_changes_nothing_in_the_end",),
    "a consumer or drain is killed": (
        "chaos/test_kill.py::test_archive_killed_at_any_call_archives_the_same",
        "chaos/test_kill.py::test_state_killed_at_any_call_holds_the_same",
        "chaos/test_kill_notices.py::test_notify_killed_at_any_call_tells_once",
        "chaos/test_drain.py::test_drain_killed_at_any_call_loses_nothing",
    ),
    "deliver is killed between": ("chaos/test_kill_notices.py::test_deliver_killed_at_any_call_tells_once",),
    "a receiver answers 429 or 5xx": (
        "e2e/test_notices.py::test_503_with_retry_after_is_tried_again_and_delays_nobody_else",
    ),
    "a receiver refuses for good": ("e2e/test_notices.py::test_400_goes_to_the_dead_letter_queue_with_its_reason",),
    "one record is poison": (
        "e2e/test_poison.py::test_batch_mates_of_poison_are_handled",
        "e2e/test_poison.py::test_poison_is_dead_after_five_receives",
    ),
    "a flood of forgeries": ("unit/test_flood.py::test_forgeries_cost_one_read_a_minute_and_say_nothing",),
    "a body beyond Lambda's 6 MB": ("e2e/test_bodies.py::test_beyond_lambdas_limit_the_edge_answers_413",),
    "the whole region": (REMAINS_IMPOSSIBLE,),
    "Orchestrator does not send": (REMAINS_IMPOSSIBLE,),
}


def rows() -> list[Row]:
    text = Path("docs/architecture.md").read_text().partition("## If X fails then Y")[2]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [Row(*row) for row in cells[2:]]


def proofs_of(row: Row) -> tuple[Cell | str, ...]:
    """Return the proofs of the longest beginning that fits."""
    return PROOFS[max((start for start in PROOFS if row.fails.startswith(start)), key=len)]


@cache
def functions_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.fails)
def test_row_says_what_its_tests_prove(row: Row) -> None:
    for proof in proofs_of(row):
        if isinstance(proof, Cell):
            status = expected(proof.stores, proof.size, warm=proof.warm)
            assert row.happens.startswith(f"{status};") or (status == 200 and "spooled" in row.happens)
            assert row.lost.startswith("nothing") == (status == 200)
        elif proof != REMAINS_IMPOSSIBLE:
            file, _, name = proof.partition("::")
            assert name in functions_in(file)


def test_every_proof_has_its_row() -> None:
    used = {proofs_of(row) for row in rows()}

    assert used == set(PROOFS.values())


def test_every_cell_named_is_run() -> None:
    from tests.chaos.test_ingest import CELLS

    run = {(frozenset(cell.kinds), cell.size, cell.warm) for cell, in_ci in CELLS.values() if in_ci}
    named = [proof for proofs in PROOFS.values() for proof in proofs if isinstance(proof, Cell)]

    assert [cell for cell in named if (frozenset(cell.stores), cell.size, cell.warm) not in run] == []


def test_every_set_of_stores_that_may_be_refused_is_in_the_table() -> None:
    from tests.chaos.test_ingest import CELLS

    named = [proof for proofs in PROOFS.values() for proof in proofs if isinstance(proof, Cell)]
    refused = [cell for cell in named if expected(cell.stores, cell.size, warm=cell.warm) == 503]

    for cell, _ in CELLS.values():
        if cell.expected == 503:
            assert any(cell.kinds.keys() >= set(one.stores) and _as_large(cell.size, one.size) for one in refused)


def _as_large(size: Size, than: Size) -> bool:
    order: list[Size] = ["small", "large", "dense"]
    return order.index(size) >= order.index(than)
