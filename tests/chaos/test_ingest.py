"""Every single fault of ingest's stores: 200 within the deadline, and the event has its effect once."""

import pytest

from local.cloud import LocalCloud
from tests.chaos.cells import Cell, Matrix, Outcome
from tests.chaos.conftest import ThroughProxy
from tests.chaos.faults import KINDS
from tests.chaos.rule import SIZES, STORES

pytestmark = pytest.mark.chaos

WARM = [Cell({store: kind}, size) for store in STORES for kind in KINDS for size in SIZES if store != "secrets"]
COLD = [Cell({"secrets": kind}, size, warm=False) for kind in KINDS for size in SIZES]
CELLS = {str(cell): cell for cell in [*WARM, *COLD]}


@pytest.fixture(scope="module")
def outcomes(cloud: LocalCloud, through_proxy: ThroughProxy) -> dict[str, Outcome]:
    with through_proxy("IngestFunction") as proxy:
        return Matrix(cloud, proxy).run(CELLS.values())


@pytest.mark.parametrize("name", CELLS)
def test_single_fault_is_answered_in_time_and_loses_nothing(outcomes: dict[str, Outcome], name: str) -> None:
    outcome, cell = outcomes[name], CELLS[name]

    assert outcome.sent.status == cell.expected
    assert outcome.sent.seconds <= outcome.longest
    assert outcome.tripped == (cell.expected != 200)
    assert outcome.faults == []
