"""Stores of ingest fail, one or several: the answer is the rule's and in time, and what is kept has its effect once.

CI runs every single fault, one kind of each pair, and the cells that may answer 503; `make chaos` runs all.
"""

from collections.abc import Iterator
from itertools import combinations

import pytest

from local.cloud import LocalCloud
from tests.chaos.cells import Cell, Matrix, Outcome, selected
from tests.chaos.conftest import ThroughProxy
from tests.chaos.faults import KINDS, Kind, broken
from tests.chaos.rule import SIZES, STORES, Size, Store

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

MIXTURES: tuple[tuple[Kind, ...], ...] = (
    ("denied", "reset", "5xx", "throttle"),
    ("denied",) * 4,
    ("timeout",) * 4,
    ("slow", "5xx", "unanswered", "timeout"),
    ("unanswered", "slow", "throttle", "reset"),
)


def single(warm: bool) -> Iterator[Cell]:
    for store in STORES:
        if warm or store == "secrets":
            yield from (Cell({store: kind}, size, warm) for kind in KINDS for size in SIZES)


def several(number: int, size: Size, kinds: tuple[Kind, ...]) -> Iterator[Cell]:
    """Return a cell for every choice of so many stores; broken secrets hurt only who has not read them."""
    for stores in combinations(STORES, number):
        yield Cell(dict(zip(stores, kinds, strict=False)), size, "secrets" not in stores)


def all_cells() -> Iterator[tuple[Cell, bool]]:
    """Every cell, and whether CI runs it."""
    for cell in (*single(warm=True), *single(warm=False)):
        yield cell, True
    for kinds in MIXTURES:
        for size in SIZES:
            in_ci = size == "small" and kinds == MIXTURES[0]
            yield from ((cell, in_ci) for number in (2, 3, 4) for cell in several(number, size, kinds))
    # What the answer rule's last row is about: a large body has no way around bucket and queue.
    yield Cell({"queue": "reset", "bucket": "reset"}, "large"), True


CELLS = {str(cell): (cell, in_ci) for cell, in_ci in all_cells()}
NAMES = [
    pytest.param(name, marks=() if in_ci else pytest.mark.exhaustive, id=name) for name, (_, in_ci) in CELLS.items()
]


@pytest.fixture(scope="module")
def matrix(cloud: LocalCloud, through_proxy: ThroughProxy) -> Iterator[Matrix]:
    with through_proxy("IngestFunction") as proxy:
        yield Matrix(cloud, proxy)


@pytest.fixture(scope="module")
def outcomes(matrix: Matrix, request: pytest.FixtureRequest) -> dict[str, Outcome]:
    return matrix.run(CELLS[name][0] for name in selected(request, "cell"))


@pytest.mark.parametrize("cell", NAMES)
def test_answer_is_the_rules_and_what_is_kept_has_its_effect_once(outcomes: dict[str, Outcome], cell: str) -> None:
    outcome, (wanted, _) = outcomes[cell], CELLS[cell]

    assert outcome.sent.status == wanted.expected
    assert outcome.sent.seconds <= outcome.longest
    assert outcome.tripped == (wanted.expected != 200)
    assert outcome.faults == []


@pytest.mark.parametrize("kind", KINDS)
def test_table_does_not_touch_ingest(matrix: Matrix, kind: Kind) -> None:
    with matrix.proxy.watched(broken({"dynamodb": kind})) as calls:
        sent = matrix.send(f"table {kind}")

    assert sent.status == 200
    assert sent.seconds <= matrix.usual["warm"]
    assert [call.operation for call in calls if call.service == "dynamodb"] == []


@pytest.mark.exhaustive
@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["denied", "timeout"])
def test_secrets_read_long_ago_go_on_verifying(matrix: Matrix, kind: Kind) -> None:
    stores: list[Store] = ["secrets"]
    matrix.let_secrets_grow_old()

    outcome = matrix.run([Cell(dict.fromkeys(stores, kind), "small")])

    assert [(one.sent.status, one.faults) for one in outcome.values()] == [(200, [])]
