"""`python -m local.orchestrator`: serve a simulated Orchestrator, or send files once."""

import argparse
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from local.loopback import PortBusy
from local.orchestrator.api.identity import CLIENT_ID, CLIENT_SECRET
from local.orchestrator.deliveries import Delivery
from local.orchestrator.delivery import TIMEOUT_SECONDS
from local.orchestrator.engine import WORKERS
from local.orchestrator.life import START, Life
from local.orchestrator.profile import FLAVOURS, RETRY_AFTER, VERSIONS, Profile
from local.orchestrator.server import OrchestratorServer
from local.orchestrator.tenant import Orchestrator

PORT = 4290


def main(arguments: Sequence[str] | None = None) -> int:
    wanted = _parser().parse_args(arguments)
    orchestrator = Orchestrator(
        Profile(wanted.flavour, wanted.api_version, wanted.mask_secrets, quota=wanted.quota),
        workers=wanted.workers,
        timeout=wanted.timeout,
        breaker_seconds=wanted.breaker_seconds,
        retries=[seconds * wanted.retry_scale for seconds in RETRY_AFTER] if wanted.flavour == "standalone" else (),
    )
    if wanted.webhook_url:
        orchestrator.put_webhook("main", wanted.webhook_url, secret=wanted.secret, events=wanted.event)
    try:
        return _send(orchestrator, wanted) if wanted.send else _serve(orchestrator, wanted)
    except (PortBusy, UsageError) as error:
        print(f"local.orchestrator: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130 if wanted.send else 0
    finally:
        orchestrator.stop()


class UsageError(Exception):
    """What was asked for cannot be done; the text says why."""


def _serve(orchestrator: Orchestrator, wanted: argparse.Namespace) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background jobs start with SIGINT ignored
        signal.signal(number, _interrupt)
    with OrchestratorServer(orchestrator, wanted.port) as server:
        print(f"simulated Orchestrator on {server.url} (control API under /control; Ctrl-C stops it)", flush=True)
        print(f"API {server.api_url}, tokens {server.token_url} for {CLIENT_ID} with {CLIENT_SECRET}", flush=True)
        if wanted.life is not None:
            orchestrator.begin(_life(wanted), speed=wanted.life_speed)
            goes = f"goes on, {wanted.life_speed:g} times as fast as ours" if wanted.life_speed else "waits for a POST"
            print(f"life {wanted.life} {goes}", flush=True)
        for webhook in orchestrator.webhooks.all():
            print(f"webhook {webhook.name} -> {webhook.url}{'' if webhook.secret else ' (unsigned)'}", flush=True)
        while True:
            signal.pause()


def _life(wanted: argparse.Namespace) -> Life:
    return Life(wanted.life, api_version=wanted.api_version, start=wanted.life_start, event_ids=wanted.event_ids)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _send(orchestrator: Orchestrator, wanted: argparse.Namespace) -> int:
    if not wanted.webhook_url:
        raise UsageError("--send needs --webhook-url, the address to deliver to")
    sent = [
        (file.name, future)
        for file, body in [(file, _read(file)) for file in wanted.send]
        for copy in _copies(orchestrator, file, body, wanted)
        for future in orchestrator.send(copy)
    ]
    outcomes = [_report(name, future) for name, future in sent]
    print(f"{outcomes.count(True)} of {len(outcomes)} delivered")
    return 0 if all(outcomes) else 1


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _copies(orchestrator: Orchestrator, file: Path, body: bytes, wanted: argparse.Namespace) -> list[bytes]:
    ledger = orchestrator.ledger
    try:
        event = ledger.fresh(body) if wanted.fresh else body
        return ledger.folder_copies(event, wanted.folders, wanted.event_ids) if wanted.folders else [event]
    except ValueError as error:
        raise UsageError(f"{file} cannot be made fresh or copied: {error}") from error


def _report(name: str, future: "Future[Delivery]") -> bool:
    delivery = future.result()
    folder = f" folder {delivery.folder}" if delivery.folder is not None else ""
    said = f"{delivery.status}" if delivery.status is not None else f"{delivery.error}"
    print(f"{delivery.outcome:<9} {name}{folder}: {said}, {delivery.milliseconds:.0f} ms", flush=True)
    return delivery.outcome == "delivered"


def _folders(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _time(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.orchestrator", description="Simulated UiPath Orchestrator.")
    parser.add_argument("--port", type=int, default=PORT, help="loopback port of the control API (default %(default)s)")
    _add_product(parser.add_argument_group("which Orchestrator"))
    _add_webhook(parser.add_argument_group("the webhook `main`, made at the start"))
    _add_sending(parser.add_argument_group("sending files once"))
    _add_life(parser.add_argument_group("a life of its own, while it serves"))
    _add_delivery(parser.add_argument_group("delivery"))
    return parser


def _add_product(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--flavour", choices=FLAVOURS, default="cloud", help="product (default %(default)s)")
    group.add_argument(
        "--api-version",
        type=int,
        choices=VERSIONS,
        default=20,
        metavar="11-20",
        help="of its API (default %(default)s)",
    )
    group.add_argument(
        "--mask-secrets",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether a read of a webhook hides its secret (default: it does)",
    )
    group.add_argument("--quota", type=int, default=Profile.quota, help="webhooks allowed (default %(default)s)")


def _add_webhook(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--webhook-url", help="where it delivers to; without it there is no webhook")
    group.add_argument("--secret", help="its secret; without it deliveries are unsigned")
    group.add_argument("--event", action="append", metavar="TYPE", help="subscribe to this type only; may be repeated")


def _add_sending(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--send", nargs="+", type=Path, metavar="FILE", help="deliver these bodies byte for byte")
    group.add_argument("--fresh", action="store_true", help="give each event a new EventId and Timestamp")
    group.add_argument("--folders", type=_folders, metavar="ID,ID", help="send one copy per folder")
    group.add_argument("--event-ids", choices=("equal", "different"), default="equal", help="of folder copies")


def _add_life(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--life", type=int, metavar="SEED", help="let jobs, queue items, tasks and robots live, raising their events"
    )
    group.add_argument(
        "--life-speed",
        type=float,
        default=60.0,
        help="virtual seconds a second, 0: by POST only (default 60)",
    )
    group.add_argument(
        "--life-start", type=_time, default=START, metavar="TIME", help=f"when it begins (default {START:%Y-%m-%d})"
    )


def _add_delivery(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--timeout", type=float, default=TIMEOUT_SECONDS, help="seconds (default %(default)g)")
    group.add_argument("--workers", type=int, default=WORKERS, help="parallel deliveries (default %(default)s)")
    group.add_argument("--breaker-seconds", type=float, help="off time after a failure (default 3600, standalone 600)")
    group.add_argument(
        "--retry-scale", type=float, default=1.0, help="of standalone's waits 0, 45, 150, 300 s (default %(default)g)"
    )


if __name__ == "__main__":
    sys.exit(main())
