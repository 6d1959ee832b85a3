"""What can be said on the command line. Nothing is imported here that an action needs, so that `--help` is quick."""

import argparse
from pathlib import Path

PORT = 3000
AWS_PORT = 4566


def parser() -> argparse.ArgumentParser:
    """Return the parser; what it reads has `command` and, for most, `action`."""
    parser = argparse.ArgumentParser(prog="relayctl", description="Operate Orchestrator Relay, here or in AWS.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")

    up = commands.add_parser("up", help="run the whole relay on this computer until Ctrl-C")
    up.add_argument("--port", type=_port, default=PORT, help="where webhooks are taken (default %(default)s)")
    up.add_argument("--aws-port", type=_port, default=AWS_PORT, help="the embedded AWS (default %(default)s)")
    up.add_argument("--no-send", dest="send", action="store_false", help="do not send the documented events")
    up.add_argument("--once", action="store_true", help="stop after the events; fail if any effect is missing")

    outputs = commands.add_parser("outputs", help="print the stack's outputs")
    outputs.add_argument("--json", action="store_true", help="as one JSON object")
    _add_place(outputs)

    send = commands.add_parser("send", help="sign bodies as Orchestrator does and post them byte for byte")
    send.add_argument("files", nargs="+", type=Path, metavar="FILE", help="one webhook body each")
    send.add_argument("--source", default="main", help="whose secret signs (default %(default)s)")
    send.add_argument("--url", help="post here instead of to the source's webhook URL")
    _add_place(send)

    _add_dlq(commands.add_parser("dlq", help="list, show, redrive or drop what a consumer could not handle"))
    _add_sync(commands.add_parser("sync", help="compare webhooks with sources.yaml, repair them, prove they deliver"))
    _add_secret(commands.add_parser("secret", help="give a source's webhooks a new secret, or end the one before"))
    _add_source(commands.add_parser("source", help="add, list or check Orchestrator tenants"))
    return parser


def _add_dlq(dlq: argparse.ArgumentParser) -> None:
    actions = dlq.add_subparsers(metavar="ACTION", required=True, dest="action")
    listed = actions.add_parser("list", help="count the messages of every consumer")
    shown = actions.add_parser("show", help="tell of messages without taking them")
    redriven = actions.add_parser("redrive", help="move messages back to the queue they died in")
    dropped = actions.add_parser("drop", help="delete messages for good")
    for action in (shown, redriven, dropped):
        action.add_argument("consumer", help="spool, archive, state, notify or delivery")
    for action in (listed, shown):
        action.add_argument("--json", action="store_true", help="as one JSON object a line")
    shown.add_argument("--limit", type=_positive, default=10, help="at most so many (default %(default)s)")
    shown.add_argument("--body", metavar="ID", help="print this message as it is, its payload included")
    redriven.add_argument("--id", action="append", default=[], help="only this message; may be repeated")
    redriven.add_argument("--limit", type=_positive, help="at most so many")
    redriven.add_argument("--rate", type=_rate, metavar="PER_SECOND", help="at most so many a second, up to 500")
    which = dropped.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", action="append", default=[], help="only this message; may be repeated")
    which.add_argument("--all", action="store_true", help="every message")
    dropped.add_argument("--yes", action="store_true", help="really")
    for action in (redriven, dropped):
        action.add_argument("--dry-run", action="store_true", help="only say what would be done")
    for action in (listed, shown, redriven, dropped):
        _add_place(action)


def _add_sync(sync: argparse.ArgumentParser) -> None:
    actions = sync.add_subparsers(metavar="ACTION", required=True, dest="action")
    planned = actions.add_parser("plan", help="show what apply would change; exit code 2 if there is anything")
    applied = actions.add_parser("apply", help="show it and do it")
    offered = actions.add_parser("events", help="list the event types that Orchestrator offers")
    pinged = actions.add_parser("ping", help="have Orchestrator ping each webhook, and await that in the state table")
    for action in (planned, applied, offered, pinged):
        action.add_argument("sources", nargs="*", metavar="SOURCE", help="only these; left out, all that are not off")
        _add_config(action)
        _add_place(action)


def _add_secret(secret: argparse.ArgumentParser) -> None:
    actions = secret.add_subparsers(metavar="ACTION", required=True, dest="action")
    rotated = actions.add_parser("rotate", help="make a new secret and give it to Orchestrator; takes some minutes")
    revoked = actions.add_parser("revoke", help="no longer accept the secret before the current one")
    for action in (rotated, revoked):
        action.add_argument("source", metavar="SOURCE", help="whose webhooks")
        _add_config(action)
        _add_place(action)


def _add_source(source: argparse.ArgumentParser) -> None:
    actions = source.add_subparsers(metavar="ACTION", required=True, dest="action")
    added = actions.add_parser("add", help="make a tenant's secrets, and say what else it needs")
    added.add_argument("--base-url", metavar="URL", help="the address of its Orchestrator")
    credential = added.add_mutually_exclusive_group()
    credential.add_argument("--client-id", metavar="ID", help="of the external application; asks for its secret")
    credential.add_argument("--token", action="store_true", help="asks for a personal access token instead")
    listed = actions.add_parser("list", help="a line for each source")
    checked = actions.add_parser("check", help="try everything a source needs, with a remedy for what is wrong")
    for action in (added, checked):
        action.add_argument("source", metavar="NAME", help="the last part of its webhook's URL")
    for action in (added, listed, checked):
        _add_config(action)
        _add_place(action)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="DIR", help="where sources.yaml is, if not layers/config")


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=PORT, help="of the relay on this computer (default %(default)s)")
    parser.add_argument("--stack", help="a stack in AWS instead of the relay on this computer")
    parser.add_argument("--region", help="of the stack")
    parser.add_argument("--profile", help="AWS profile to use")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return int(text)


def _rate(text: str) -> int:
    if _positive(text) > 500:
        raise argparse.ArgumentTypeError("SQS moves at most 500 a second")
    return int(text)
