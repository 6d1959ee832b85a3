"""The operator's command: against AWS, or the local cloud. Each subcommand imports what it needs when it is called."""

import argparse
import json
import sys
from collections.abc import Sequence

from relayctl.arguments import parser


def main(arguments: Sequence[str] | None = None) -> int:
    wanted = parser().parse_args(arguments)
    try:
        return RUNS[wanted.command](wanted)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141


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


def _sync(wanted: argparse.Namespace) -> int:
    from relayctl.sync import run

    return run(wanted)


def _secret(wanted: argparse.Namespace) -> int:
    from relayctl.secret import run

    return run(wanted)


def _source(wanted: argparse.Namespace) -> int:
    from relayctl.source.command import run

    return run(wanted)


def _fail(error: Exception) -> int:
    print(error, file=sys.stderr)
    return 1


RUNS = {
    "up": _up,
    "outputs": _outputs,
    "send": _send,
    "dlq": _dlq,
    "sync": _sync,
    "secret": _secret,
    "source": _source,
}

if __name__ == "__main__":
    sys.exit(main())
