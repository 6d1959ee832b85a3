"""What a million events cost at list price: `python -m bench.cost`.

The mix is a seeded day of simulated life, each consumer's calls are counted, and what cannot be counted is said below.
Prices are those of us-east-1 without free tiers, in USD (https://aws.amazon.com/pricing/). Not in it: what does not
grow with events (idle polling, alarms, secrets), storage, and transfer, which is free on the way in.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from local.build import ROOT
from local.orchestrator.life import Life
from relay.aws.table import Item
from relay.event import read, wrap
from relay.notify import decide, rules
from relay.state import keep
from tests.tables import MemoryTable

MILLION = 1_000_000
PRICES = {
    "HTTP API requests": 1.00 / MILLION,
    "Lambda requests": 0.20 / MILLION,
    "Lambda GB-seconds, arm64": 0.0000133334,
    "SNS publishes": 0.50 / MILLION,
    "SQS requests": 0.40 / MILLION,
    "DynamoDB write units": 0.625 / MILLION,
    "DynamoDB read units": 0.125 / MILLION,
    "S3 PUTs": 5.00 / MILLION,
    "log GB": 0.50,
}
# Assumed, for an emulator's time says nothing of AWS': the seconds that are billed for each event, batch and call.
INGEST_SECONDS, BATCH_SECONDS, WRITE_SECONDS, PUT_SECONDS, SEND_SECONDS = 0.025, 0.015, 0.005, 0.05, 0.2
LOG_BYTES = 300  # of a good event in ingest and, in its share, in the consumers; ingest's is 202
ARCHIVED_TOGETHER = 100


class CountingTable(MemoryTable):
    """Counts units as DynamoDB bills them: a write for each KB, a consistent read for each 4 KB, the index apart."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = self.writes = 0

    def get(self, pk: str, sk: str) -> Item | None:
        item = super().get(pk, sk)
        self.reads += _units(item or {}, 4096)
        return item

    def replace(self, item: Item, revision: int) -> bool:
        before = self.items.get((str(item["pk"]), str(item["sk"])), {})
        indexed = [one for one in (before, item) if "index_pk" in one]
        moved = before.get("index_pk") != item.get("index_pk") or before.get("index_sk") != item.get("index_sk")
        writes = [item, *(indexed if moved else indexed[-1:])]
        self.writes += sum(_units(one, 1024) for one in writes)
        return super().replace(item, revision)


def used(bodies: Iterable[bytes], together: int) -> tuple[int, dict[str, float]]:
    """Return how many events there were and what they used, with so many messages to a batch of state and notify."""
    table, chosen, number, notices = CountingTable(), rules.load(ROOT / "layers" / "config"), 0, 0
    for body in bodies:
        event = read(wrap(body, relaysource="main", received_at=datetime.now(UTC), secret_version="v1").text())
        keep(event, table, retention_days=90)
        notices += len(decide.deliveries(event, chosen, lambda _: None))
        number += 1
    batches, archived = 2 * number / together, number / ARCHIVED_TOGETHER
    seconds = batches * BATCH_SECONDS + 3 * number * WRITE_SECONDS + archived * PUT_SECONDS + notices * SEND_SECONDS
    return number, {
        "HTTP API requests": number,
        "Lambda requests": number + batches + archived + notices,
        "Lambda GB-seconds, arm64": number * INGEST_SECONDS + 0.5 * seconds,
        "SNS publishes": number,
        "SQS requests": 2 * (batches + number / 10) + 3 * notices,  # a notice is sent, received and deleted alone
        "DynamoDB write units": table.writes + 3 * notices,  # a notice's claim, and that it was sent
        "DynamoDB read units": table.reads,
        "S3 PUTs": archived,
        "log GB": number * LOG_BYTES / 1e9,
    }


def cost(number: int, units: Mapping[str, float]) -> dict[str, float]:
    """Return USD for a million such events, by what is paid for."""
    return {name: PRICES[name] * units[name] * MILLION / number for name in PRICES}


def _units(item: Item, size: int) -> int:
    taken = sum(len(name) + len(str(value).encode()) for name, value in item.items())
    return max(1, -(-taken // size))


def main() -> None:
    columns = {together: cost(*used(Life(7).day(), together)) for together in (1, 10)}
    print(f"{'USD for a million events, batches of':<40}" + "".join(f"{together:>8}" for together in columns))
    for name in PRICES:
        print(f"{name:<40}" + "".join(f"{column[name]:>8.2f}" for column in columns.values()))
    print(f"{'together':<40}" + "".join(f"{sum(column.values()):>8.2f}" for column in columns.values()))


if __name__ == "__main__":
    main()
