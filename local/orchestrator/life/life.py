"""The life of one tenant."""

from datetime import datetime, timedelta

from local.orchestrator.events import EventIds
from local.orchestrator.life.script import begin
from local.orchestrator.life.stage import START, Stage

DAY = timedelta(hours=24, minutes=30)  # so that what starts at once and stays in progress is abandoned, after 24 hours


class Life(Stage):
    """A stage with everybody on it: about 2,200 events a day."""

    def __init__(
        self, seed: int, *, api_version: int = 20, start: datetime = START, event_ids: EventIds = "equal"
    ) -> None:
        super().__init__(seed, api_version=api_version, start=start, event_ids=event_ids)
        begin(self)

    def day(self) -> list[bytes]:
        """Live the first day; return the events' bodies in the order they were raised."""
        return self.advance(DAY)
