"""A plan carried out: each change by itself, so that one that is refused keeps back no other but deletions."""

from collections.abc import Callable
from dataclasses import dataclass

from relay.errors import Refused
from relay.orchestrator.api import Orchestrator, Webhook
from relay.sync.plan import Change, Create, Delete, Plan, size_of


@dataclass(frozen=True)
class Applied:
    """What became of a plan: the webhooks there are now, how many drifts are repaired, and what was refused."""

    webhooks: tuple[Webhook, ...]
    repaired: int = 0
    refused: tuple[tuple[Change, Refused], ...] = ()


def apply(
    plan: Plan, orchestrator: Orchestrator, secret: Callable[[], str], check: Callable[[], None] = lambda: None
) -> Applied:
    """Carry out a plan's changes; `secret` goes to whatever gets our address, `check` may object before each change.

    Raises Unavailable when Orchestrator does not answer: the next run plans anew from what there is then.
    """
    now = {webhook.id: webhook for webhook in plan.kept}
    repaired, refused = 0, list[tuple[Change, Refused]]()
    for change in plan.changes:
        check()
        if refused and isinstance(change, Delete):  # it may be the one that delivers, and does no harm meanwhile
            refused.append((change, Refused("no duplicate is deleted in a run in which something else was refused")))
            continue
        try:
            if webhook := _carried_out(change, plan, orchestrator, secret):
                now[webhook.id] = webhook
            repaired += size_of(change)
        except Refused as error:
            refused.append((change, error))
    return Applied(tuple(now.values()), repaired, tuple(refused))


def _carried_out(change: Change, plan: Plan, orchestrator: Orchestrator, secret: Callable[[], str]) -> Webhook | None:
    if isinstance(change, Delete):
        orchestrator.delete(change.webhook.id)
        return None
    # What it signed with for another address is not known here, and its first delivery would be refused.
    fields = {**change.fields, "Secret": secret()} if "Url" in change.fields else change.fields
    if isinstance(change, Create):
        return orchestrator.create(fields, plan.known)
    return orchestrator.patch(change.webhook.id, fields)
