"""The cells of ingest's fault matrix: which stores are broken, how, and what is sent while they are."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pytest

from local.cloud import LocalCloud
from relay.keyring import MAX_AGE_SECONDS
from tests.chaos.conftest import ANSWER_SECONDS
from tests.chaos.faults import Kind, broken
from tests.chaos.ledger import Sender, Sent, wrong_in_the_end
from tests.chaos.proxy import FaultProxy
from tests.chaos.rule import SERVICES, Size, Store, expected
from tests.chaos.tally import TALLY

SAMPLES = {"cold": 2, "warm": 8}  # the second are warm only after the first
SLACK_SECONDS = 0.25


class Cell(NamedTuple):
    """One event of this size, sent while these stores are broken, to a worker that has read the secrets or has not."""

    kinds: Mapping[Store, Kind]
    size: Size
    warm: bool = True

    def __str__(self) -> str:
        stores = " + ".join(f"{store} {kind}" for store, kind in self.kinds.items())
        return f"{stores}, {self.size}, {'warm' if self.warm else 'cold'}"

    @property
    def expected(self) -> int:
        return expected(self.kinds.keys(), self.size, warm=self.warm)


class Outcome(NamedTuple):
    """What came of a cell; `longest` is how long its answer may take, `faults` what the stores lack in the end."""

    sent: Sent
    longest: float
    tripped: bool
    faults: list[str]


class Matrix:
    """Runs cells one after another, then heals everything and looks what has become of their events."""

    def __init__(self, cloud: LocalCloud, proxy: FaultProxy) -> None:
        self._cloud, self.proxy = cloud, proxy
        self._sender = Sender(cloud)
        self._name = cloud.stack.functions["IngestFunction"]
        # What an answer may take when nothing is broken: most of it is this computer's, not ingest's.
        self.usual = {kind: SLACK_SECONDS + max(self._undisturbed(kind, number)) for kind, number in SAMPLES.items()}

    def send(self, name: str, size: Size = "small") -> Sent:
        return self._sender.send(name, size)

    def run(self, cells: Iterable[Cell]) -> dict[str, Outcome]:
        """Return each cell's outcome by its name."""
        ran = {str(cell): (cell, *self._ran(cell)) for cell in sorted(cells, key=lambda cell: not cell.warm)}
        wrong = wrong_in_the_end(self._cloud, [sent for _, sent, _ in ran.values()])
        return {
            name: self._noted(cell, Outcome(sent, self._longest(cell), tripped, wrong.get(name, [])))
            for name, (cell, sent, tripped) in ran.items()
        }

    def let_secrets_grow_old(self) -> None:
        """Have a worker read the secrets, and wait until it would read them again."""
        assert self.send("reads the secrets").kept
        time.sleep(MAX_AGE_SECONDS)

    def _ran(self, cell: Cell) -> tuple[Sent, bool]:
        if not cell.warm:
            self._cloud.host.restart(self._name)
        with self.proxy.watched(broken({SERVICES[store]: kind for store, kind in cell.kinds.items()})):
            sent = self._sender.send(str(cell), cell.size)
        return sent, self._sender.breaker_opened()

    def _undisturbed(self, kind: str, number: int) -> Iterator[float]:
        for _ in range(number):
            if kind == "cold":
                self._cloud.host.restart(self._name)
            sent = self.send("undisturbed")
            assert sent.kept
            yield sent.seconds

    def _longest(self, cell: Cell) -> float:
        return ANSWER_SECONDS + self.usual["warm" if cell.warm else "cold"]

    def _noted(self, cell: Cell, outcome: Outcome) -> Outcome:
        sent = outcome.sent
        said = f"{sent.status} (expected {cell.expected}) in {sent.seconds:.2f} s of {outcome.longest:.2f}"
        rejected = int(cell.expected == 200 and not sent.kept)
        TALLY.line(str(cell), said, kept=int(sent.kept), rejected=rejected, faults=outcome.faults)
        return outcome


def selected(request: pytest.FixtureRequest, parameter: str) -> list[str]:
    """Return what the tests of a module that are to run are given as this parameter."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    mine = [item for item in items if item.path == request.path and hasattr(item, "callspec")]
    return [str(item.callspec.params[parameter]) for item in mine if parameter in item.callspec.params]
