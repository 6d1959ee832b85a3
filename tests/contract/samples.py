"""The sample pairs: events/webhooks/ as Orchestrator posts it, events/relay/ the envelope it becomes.

`python -m tests.contract.samples` writes the second half anew; look at the difference before you commit it.
"""

from datetime import UTC, datetime
from pathlib import Path

from relay.event import wrap

WEBHOOKS = Path("events/webhooks")
ENVELOPES = Path("events/relay")
RECEIVED_AT = datetime(2026, 11, 21, 3, 0, 0, 123456, UTC)
SECRET_VERSION = "6f7b2f0e-0000-4000-8000-000000000001"


def names() -> list[str]:
    return sorted(path.name for path in WEBHOOKS.glob("*.json"))


def envelope_of(name: str) -> str:
    body = (WEBHOOKS / name).read_bytes()
    return wrap(body, relaysource="main", received_at=RECEIVED_AT, secret_version=SECRET_VERSION).text()


if __name__ == "__main__":
    ENVELOPES.mkdir(exist_ok=True)
    for sample in names():
        (ENVELOPES / sample).write_bytes(f"{envelope_of(sample)}\n".encode())
