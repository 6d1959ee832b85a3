"""The state table in memory, with the real one's conditions, and one whose other writers are always faster."""

from collections.abc import Callable

Item = dict[str, str | int]


class MemoryTable:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    def get(self, pk: str, sk: str) -> Item | None:
        return self.items.get((pk, sk))

    def put_first(self, item: Item) -> bool:
        return self.replace(item, 0)

    def replace(self, item: Item, revision: int) -> bool:
        place = (str(item["pk"]), str(item["sk"]))
        stored = self.items.get(place)
        if (stored["revision"] if stored and revision else 0 if not stored else None) != revision:
            return False
        self.items[place] = dict(item)
        return True

    def current(self) -> dict[str, Item]:
        """What is known of each entity, without the count of writes, which the order of events may change."""
        return {pk: {**item, "revision": 0} for (pk, sk), item in self.items.items() if sk == "current"}


class RacedTable(MemoryTable):
    """Between a reader's read and its write, the next of `others` writes first."""

    def __init__(self, others: list[Callable[["RacedTable"], object]]) -> None:
        super().__init__()
        self.others = others

    def get(self, pk: str, sk: str) -> Item | None:
        item = super().get(pk, sk)
        if self.others:
            self.others.pop()(self)
        return item
