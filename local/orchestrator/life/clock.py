"""The virtual clock: whole ticks of 100 ns since the life began, as .NET counts them."""

from datetime import UTC, datetime, timedelta

SECOND = 10_000_000


class Clock:
    """Goes forward only, and never shows the same time twice."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC).replace(microsecond=0)
        self.ticks = 0

    def forward(self, ticks: int) -> None:
        """Go to a time, or one tick further where it is past already."""
        self.ticks = max(ticks, self.ticks + 1)

    def text(self, ticks: int | None = None, *, zone: str = "Z") -> str:
        """Return a time, now unless told, as .NET writes it: without the fraction's final zeros."""
        seconds, fraction = divmod(self.ticks if ticks is None else ticks, SECOND)
        digits = f".{fraction:07d}".rstrip("0").rstrip(".")
        return f"{self._start + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}{digits}{zone}"

    @property
    def now(self) -> datetime:
        return self._start + timedelta(microseconds=self.ticks // 10)
