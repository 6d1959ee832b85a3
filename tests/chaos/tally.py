"""What all cells of a run come to."""

from collections.abc import Sequence


class Tally:
    """Counts cells, events and what went wrong with them; prints a line for each cell."""

    def __init__(self) -> None:
        self.cells = self.kept = self.lost = self.rejected = self.unequal = 0

    def line(self, name: str, said: str, *, kept: int, rejected: int = 0, faults: Sequence[str] = ()) -> None:
        """Note one cell: `kept` events were answered 2xx, `rejected` ones wrongly were not."""
        self.cells += 1
        self.kept += kept
        self.rejected += rejected
        self.lost += sum("archived 0 times" in fault for fault in faults)
        self.unequal += len(faults)
        print(f"{name}: {'; '.join([said, *faults])}")

    def compared(self, name: str, *, same: bool) -> None:
        """Note one cell in which nothing is sent to ingest: a consumer's, beside its undisturbed run."""
        self.line(name, "as undisturbed" if same else "DIFFERENT", kept=0, faults=() if same else ["not the same"])

    def __str__(self) -> str:
        ledgers = f"{self.unequal} unequal" if self.unequal else "equal ledgers"
        return (
            f"{self.cells} cells, {self.kept} events kept, "
            f"{self.lost} lost, {self.rejected} wrongly rejected, {ledgers}"
        )


TALLY = Tally()
