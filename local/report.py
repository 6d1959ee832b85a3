"""What `make run` and `make demo` show: what sync does, and where each event went and what is held of them all."""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local.build import ROOT
from local.cloud import LocalCloud
from local.effects import Effect, Effects, Sent
from local.tables import NO, YES, table
from local.webhook import show_drift_repaired, show_webhook_made
from relay.orchestrator.catalogue import DOCUMENTED_TYPES

WEBHOOKS = ROOT / "events" / "webhooks"
EFFECT_SECONDS = 60


def bodies() -> dict[str, bytes]:
    """The 28 documented events, by type."""
    return {name: Path(WEBHOOKS / f"{name}.json").read_bytes() for name in DOCUMENTED_TYPES}


def show(cloud: LocalCloud, console: Console) -> bool:
    """Show the relay from its webhook's making to its repair; False if anything is missing."""
    if not show_webhook_made(cloud, console):
        return False
    sent = send_and_report(cloud, console)
    return show_drift_repaired(cloud, console) and sent


def send_and_report(cloud: LocalCloud, console: Console) -> bool:
    """Send the documented events once and show what they cause; False if anything is missing."""
    effects = Effects(cloud)
    with console.status("the simulated Orchestrator sends the documented events ..."):
        # One after the other, so that the times shown are those of a warm function.
        sent = [Sent(name, body, cloud.orchestrator.send(body)[0].result()) for name, body in bodies().items()]
        console.print(f"{YES} sent {len(sent)} events")
    found = _settled(cloud, effects, sent, console)
    for one in (events_table(found), archive_table(effects), state_table(found), notices_table(found)):
        console.print()
        console.print(one)
    return _conclude(found, console)


def _settled(cloud: LocalCloud, effects: Effects, sent: Sequence[Sent], console: Console) -> list[Effect]:
    """Wait until nothing is missing, or until it is not worth waiting any longer."""
    until = time.monotonic() + EFFECT_SECONDS
    with console.status("waiting for the effects ...") as status:
        while True:
            found = effects.of(sent)
            missing = sum(effect.sent.delivery.outcome == "delivered" and bool(effect.missing) for effect in found)
            if not missing or time.monotonic() > until:
                return found
            status.update(f"waiting for the effects of {missing} events ...")
            cloud.check()
            time.sleep(0.2)


def events_table(found: Sequence[Effect]) -> Table:
    """One line per event."""
    told = table("Where each event went", "event", "answer", "archived", "state now", "notice to")
    for effect in found:
        delivery = effect.sent.delivery
        told.add_row(
            effect.sent.name,
            f"{delivery.status or delivery.error} {delivery.milliseconds:4.0f} ms",
            YES if effect.archived else NO,
            _state(effect),
            _told(effect),
        )
    return told


def archive_table(effects: Effects) -> Table:
    """One line per object, under its partition."""
    told = table("Archived in S3, the pings of the webhook included", "object", "events")
    partitions = sorted({key.rpartition("/")[0] for key in effects.objects})
    for partition in partitions:
        told.add_row(f"[dim]{partition}/[/]", "")
        for key, lines in sorted(effects.objects.items()):
            if key.rpartition("/")[0] == partition:
                told.add_row(f"  {key.rpartition('/')[2]}", str(lines))
    return told


def state_table(found: Sequence[Effect]) -> Table:
    told = table("State in DynamoDB", "entity", "status", "since")
    held = {(one.kind, one.key): one.current for effect in found for one in effect.held if one.current}
    for (kind, key), item in sorted(held.items()):
        told.add_row(f"{kind}/{key}", str(item.get("status", "")), str(item.get("since", ""))[:19])
    return told


def notices_table(found: Sequence[Effect]) -> Table:
    told = table("Notices to people", "receiver", "severity", "notice")
    for one in dict.fromkeys(one for effect in found for one in effect.notified if one.arrived):
        told.add_row(one.receiver, one.severity, one.title)
    return told


def _conclude(found: Sequence[Effect], console: Console) -> bool:
    wrong = [effect for effect in found if effect.missing]
    for effect in wrong:
        console.print(f"{NO} {effect.sent.name}: {', '.join(effect.missing)}")
    kept = sum(effect.archived is not None for effect in found)
    entities = {(one.kind, one.key) for effect in found for one in effect.held if one.current}
    notices = {one for effect in found for one in effect.notified if one.arrived}
    console.print(
        f"\n{NO if wrong else YES} {len(found)} events sent, {kept} archived byte for byte (by SHA-256),\n"
        f"  {len(entities)} entities held, {len(notices)} notices delivered",
    )
    return not wrong


def _state(effect: Effect) -> str:
    if not effect.held:
        return ""
    counted = Counter(str(one.current.get("status", "")) if one.current else NO for one in effect.held)
    return ", ".join(f"{number} x {text}" if number > 1 else text for text, number in counted.items())


def _told(effect: Effect) -> str:
    return ", ".join(one.receiver if one.arrived else f"{one.receiver} {NO}" for one in effect.notified)
