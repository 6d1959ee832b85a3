"""A run of sync: each source is planned, repaired as its mode allows, and then proved to deliver."""

import uuid
from collections.abc import Sequence
from typing import Literal, Protocol

from relay.errors import RelayError
from relay.lease import Lease, LeaseTaken, Store, held
from relay.orchestrator.api import Webhook
from relay.orchestrator.sources import Sources
from relay.sync.diff import drift_fields, named, printable, shown_address
from relay.sync.plan import Change, Create, Delete, Plan
from relay.sync.tenant import Surroundings, Tenant
from relay.telemetry import count, logger

LEASE_SECONDS = 960  # longer than a run can take: the function's Timeout is 900
_MOST_LISTED = 20  # in one log line

Outcome = Literal["right", "reported", "repaired", "busy", "failed"]


class Canary(Protocol):
    """Proves that a source's enabled webhooks deliver, and may repair their secret: the source's lease is held."""

    def __call__(self, tenant: Tenant, webhooks: Sequence[Webhook], /) -> None: ...


class Sync:
    """Keeps the webhooks of all sources as sources.yaml wants them."""

    def __init__(self, sources: Sources, around: Surroundings, store: Store, canary: Canary | None = None) -> None:
        self._sources = {name: source for name, source in sources.sources.items() if source.mode != "off"}
        self._around = around
        self._store = store
        self._canary = canary

    def run(self) -> dict[str, Outcome]:
        """Return what became of each source that is not switched off; one that fails does not keep the others back."""
        outcomes = {name: self._outcome(Tenant(name, one, self._around)) for name, one in self._sources.items()}
        count("SyncFailed", list(outcomes.values()).count("failed"))
        return outcomes

    def _outcome(self, tenant: Tenant) -> Outcome:
        try:
            return _reported(tenant) if tenant.source.mode == "report" else self._enforced(tenant)
        except LeaseTaken:
            logger.info("another writer is at work", extra={"source": tenant.name})
            return "busy"
        except RelayError as error:
            logger.error("source not synchronised", extra={"source": tenant.name, **_reason(error)})
            return "failed"

    def _enforced(self, tenant: Tenant) -> Outcome:
        with held(Lease(self._store, tenant.name, f"sync-{uuid.uuid4()}", LEASE_SECONDS)) as lease:
            planned = tenant.plan()
            tell(planned, tenant.name)
            applied = tenant.apply(planned, lease.check)
            count("DriftRepaired", applied.repaired)
            for change, error in applied.refused:
                logger.error("drift not repaired", extra={"source": tenant.name, **_subject(change), **_reason(error)})
            if self._canary:
                self._canary(tenant, [webhook for webhook in applied.webhooks if webhook.enabled])
        if applied.refused or planned.impossible:
            return "failed"
        return "repaired" if planned.changes else "right"


def _reported(tenant: Tenant) -> Outcome:
    planned = tenant.plan()
    tell(planned, tenant.name)
    return "reported" if planned.changes else "right"


def tell(planned: Plan, source: str) -> None:
    """Put a plan into metrics and log: each drift with its old and new value, and what somebody should know of."""
    count("DriftFound", planned.drifts)
    for change in planned.changes:
        for fields in _drifts(change):
            logger.warning("drift found", extra={"source": source, **_subject(change), **fields})
    if planned.unmatched:
        logger.warning("patterns mean no event type offered", extra={"source": source, "patterns": planned.unmatched})
    if planned.unknown_types:
        logger.info("event types new to this relay", extra={"source": source, "types": planned.unknown_types})
    if planned.foreign:
        logger.info("webhooks not ours", extra={"source": source, "webhooks": _listed(planned.foreign)})


def _drifts(change: Change) -> list[dict[str, object]]:
    if isinstance(change, Create | Delete):
        return [{"drift": "missing" if isinstance(change, Create) else "duplicate"}]
    return [{"drift": "changed", **drift_fields(drift)} for drift in change.drifts]


def _subject(change: Change) -> dict[str, object]:
    """Name a change's webhook; `name` itself is taken by the log record."""
    if isinstance(change, Create):
        return {"webhook_name": change.name}
    return {"webhook": change.webhook.id, "webhook_name": printable(change.webhook.name)}


def _listed(webhooks: Sequence[Webhook]) -> list[str]:
    told = [f"{named(webhook)} {shown_address(webhook.url)}" for webhook in webhooks[:_MOST_LISTED]]
    return told + [f"and {len(webhooks) - _MOST_LISTED} more"] * (len(webhooks) > _MOST_LISTED)


def _reason(error: RelayError) -> dict[str, object]:
    return {"error": type(error).__name__, "reason": str(error)}
