"""The operator's command: against AWS, or the local cloud. Each subcommand imports what it needs when it is called."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

PORT = 3000
AWS_PORT = 4566


def main(arguments: Sequence[str] | None = None) -> int:
    wanted = _parser().parse_args(arguments)
    try:
        code: int = wanted.run(wanted)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    return code


def _up(wanted: argparse.Namespace) -> int:
    from local.up import up

    return up(port=wanted.port, aws_port=wanted.aws_port, send=wanted.send, once=wanted.once)


def _outputs(wanted: argparse.Namespace) -> int:
    from relayctl.outputs import CannotRead, read_outputs

    try:
        outputs = read_outputs(wanted)
    except CannotRead as error:
        return _fail(error)
    if wanted.json:
        print(json.dumps(outputs, indent=2))
    else:
        width = max(map(len, outputs), default=0)
        print("\n".join(f"{name:<{width}}  {value}" for name, value in outputs.items()))
    return 0


def _send(wanted: argparse.Namespace) -> int:
    from relayctl.outputs import CannotRead, read_outputs
    from relayctl.send import CannotSend, aws_destination, local_destination, send

    try:
        if wanted.stack:
            there = aws_destination(wanted.stack, wanted.source, region=wanted.region, profile=wanted.profile)
        else:
            there = local_destination(read_outputs(wanted), wanted.source)
        return send(wanted.files, there.at(wanted.url))
    except (CannotRead, CannotSend) as error:
        return _fail(error)


def _dlq(wanted: argparse.Namespace) -> int:
    from relayctl.dlq.command import run

    return run(wanted)


def _fail(error: Exception) -> int:
    print(error, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="relayctl", description="Operate Orchestrator Relay, here or in AWS.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    up = commands.add_parser("up", help="run the whole relay on this computer until Ctrl-C")
    up.add_argument("--port", type=_port, default=PORT, help="where webhooks are taken (default %(default)s)")
    up.add_argument("--aws-port", type=_port, default=AWS_PORT, help="the embedded AWS (default %(default)s)")
    up.add_argument("--no-send", dest="send", action="store_false", help="do not send the documented events")
    up.add_argument("--once", action="store_true", help="stop after the events; fail if any effect is missing")
    up.set_defaults(run=_up)

    outputs = commands.add_parser("outputs", help="print the stack's outputs")
    outputs.add_argument("--json", action="store_true", help="as one JSON object")
    _add_place(outputs)
    outputs.set_defaults(run=_outputs)

    send = commands.add_parser("send", help="sign bodies as Orchestrator does and post them byte for byte")
    send.add_argument("files", nargs="+", type=Path, metavar="FILE", help="one webhook body each")
    send.add_argument("--source", default="main", help="whose secret signs (default %(default)s)")
    send.add_argument("--url", help="post here instead of to the source's webhook URL")
    _add_place(send)
    send.set_defaults(run=_send)

    _add_dlq(commands.add_parser("dlq", help="list, show, redrive or drop what a consumer could not handle"))
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
    dlq.set_defaults(run=_dlq)


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


if __name__ == "__main__":
    sys.exit(main())
