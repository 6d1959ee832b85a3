"""What `make run` and `make demo` show of sync: the webhook it makes, and a drift it repairs."""

import json

from rich.console import Console

from local.cloud import LocalCloud
from local.orchestrator import Webhook
from local.sync import SyncRun, run_sync
from local.tables import NO, YES, table
from relay.orchestrator.catalogue import DOCUMENTED_TYPES

UNTICKED = "job.faulted"


def show_webhook_made(cloud: LocalCloud, console: Console) -> bool:
    """Have sync make the webhook in Orchestrator, and say so; False if there is none that delivers."""
    with console.status("sync makes the webhook in Orchestrator ..."):
        run = run_sync(cloud)
    made = cloud.orchestrator.webhooks.all()
    if run.outcome != "repaired" or len(made) != 1:
        return _failed(run, console)
    console.print(f"{YES} sync made webhook {_named(made[0])} in Orchestrator, for {_events(made[0])}")
    return _show_canary(run, console)


def show_drift_repaired(cloud: LocalCloud, console: Console) -> bool:
    """Change the webhook as somebody might in Orchestrator, and show how sync finds and repairs it; False if not."""
    (webhook,) = cloud.orchestrator.webhooks.all()
    left = frozenset(DOCUMENTED_TYPES) - {UNTICKED}
    cloud.orchestrator.webhooks.change(webhook.id, enabled=False, subscribe_to_all=False, events=left)
    with console.status("somebody changes the webhook, and sync runs again ..."):
        run = run_sync(cloud)
    told = table("A drift, repaired", "webhook", "field", "found", "repaired to")
    for drift in run.drifts:
        name = f"{drift.get('webhook')} {drift.get('webhook_name')}"
        told.add_row(name, str(drift.get("field", "")), json.dumps(drift.get("old")), json.dumps(drift.get("new")))
    console.print()
    console.print(told)
    found = {str(drift.get("field")) for drift in run.drifts}
    if found != {"Enabled", "SubscribeToAllEvents"} or cloud.orchestrator.webhooks.all() != [webhook]:
        return _failed(run, console)
    console.print(f"\n{YES} somebody disabled the webhook and unticked {UNTICKED}; sync put both right")
    return _show_canary(run, console)


def _show_canary(run: SyncRun, console: Console) -> bool:
    if run.canary_milliseconds is None:
        console.print(f"{NO} the canary did not come from Orchestrator into state")
        return False
    console.print(f"{YES} the canary came from Orchestrator into state within {run.canary_milliseconds:.0f} ms")
    return True


def _failed(run: SyncRun, console: Console) -> bool:
    console.print(f"{NO} sync did not do what it should ({run.outcome})")
    for trouble in run.troubles:
        console.print(f"  {trouble}")
    return False


def _named(webhook: Webhook) -> str:
    return f"{webhook.id} {webhook.name}"


def _events(webhook: Webhook) -> str:
    return "every event" if webhook.subscribe_to_all else f"{len(webhook.events)} types of event"
