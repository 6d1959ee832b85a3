"""The canary, flown by hand: each enabled webhook of a source is pinged, and looked for in the state table."""

from dataclasses import dataclass

from relay.canary import WAIT_SECONDS, Arrival, Canary
from relay.orchestrator.api import Webhook
from relay.rotate.ends import CURRENT, PENDING, PREVIOUS, SENT
from relay.safe import safe
from relay.sync.diff import named
from relay.sync.plan import same_address
from relay.sync.tenant import Tenant
from relayctl.stack import Stack

MISSED = (
    "Look at the API's 401s: the secret may have drifted, then sync in mode enforce writes it again. "
    "Else Orchestrator may hold back deliveries for an hour after failures, or events lie in `relayctl dlq list`."
)
OUTDATED = "Orchestrator signs with an outdated secret. Sync in mode enforce writes the current one."


@dataclass(frozen=True)
class Flight:
    """What became of one webhook's ping; `stage` is what the secret that signed it is now."""

    webhook: Webhook
    arrival: Arrival | None
    stage: str = ""

    @property
    def good(self) -> bool:
        return self.stage in (CURRENT, PENDING)

    @property
    def told(self) -> str:
        if self.arrival is None:
            return f"{named(self.webhook)}: the ping did not arrive within {WAIT_SECONDS:.0f} s"
        signed = f"signed with version {self.arrival.secret_version} ({self.stage or 'no stage any more'})"
        return f"{named(self.webhook)}: arrived after {self.arrival.milliseconds} ms, {signed}"

    @property
    def remedy(self) -> str:
        return "" if self.good else OUTDATED if self.arrival else MISSED


def ours(tenant: Tenant) -> list[Webhook]:
    """Return the webhooks that deliver to the source's address."""
    return [webhook for webhook in tenant.orchestrator.all() if same_address(webhook.url, tenant.url)]


def fly(stack: Stack, tenant: Tenant) -> list[Flight]:
    """Ping every enabled webhook of a source, and wait a minute at most; raises RelayError."""
    enabled = [webhook for webhook in ours(tenant) if webhook.enabled]
    if not enabled:
        return []
    canary, ids = Canary(tenant.orchestrator, stack.table, tenant.name), [webhook.id for webhook in enabled]
    arrived = canary.fly(ids)
    canary.remember(ids, arrived)
    labelled = stack.secret(tenant.name).stages()
    stages = {safe(labelled[stage]): stage for stage in (SENT, PREVIOUS, PENDING, CURRENT) if stage in labelled}
    return [Flight(one, arrived.get(one.id), _stage(arrived.get(one.id), stages)) for one in enabled]


def _stage(arrival: Arrival | None, stages: dict[str | None, str]) -> str:
    return stages.get(arrival.secret_version, "") if arrival else ""
