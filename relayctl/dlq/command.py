"""`relayctl dlq`: each action, from its arguments to its exit code."""

import argparse
import sys

from relayctl.dlq import drop, looking, redrive
from relayctl.dlq.consumers import consumer_named, place
from relayctl.dlq.failures import CannotOperate
from relayctl.dlq.sweep import Choice
from relayctl.outputs import CannotRead


def run(wanted: argparse.Namespace) -> int:
    """Do what the arguments say, return the exit code."""
    try:
        return {"list": _list, "show": _show, "redrive": _redrive, "drop": _drop}[wanted.action](wanted)
    except (CannotRead, CannotOperate) as error:
        _note(f"{str(error).removesuffix('.')}.")
        return 1


def _list(wanted: argparse.Namespace) -> int:
    return looking.list_all(place(wanted), as_json=wanted.json, say=print)


def _show(wanted: argparse.Namespace) -> int:
    consumer = consumer_named(wanted.consumer)
    letters = place(wanted).letters(consumer)
    if wanted.body:
        return looking.show_body(letters, wanted.body, say=print)
    return looking.show(letters, consumer, wanted.limit, as_json=wanted.json, say=print, note=_note)


def _redrive(wanted: argparse.Namespace) -> int:
    consumer = consumer_named(wanted.consumer)
    there = place(wanted)
    letters, choice = there.letters(consumer), Choice(frozenset(wanted.id), wanted.limit)
    if wanted.dry_run:
        return redrive.rehearse_redrive(letters, choice, local=there.local, say=print, note=_note)
    return redrive.redrive(letters, choice, wanted.rate, local=there.local, say=print, note=_note)


def _drop(wanted: argparse.Namespace) -> int:
    consumer = consumer_named(wanted.consumer)
    if not (wanted.yes or wanted.dry_run):
        raise CannotOperate("Dropping is for good. Add --yes to do it, or --dry-run to see what it would do.")
    letters, choice = place(wanted).letters(consumer), Choice(frozenset(wanted.id))
    if wanted.dry_run:
        return drop.rehearse_drop(letters, choice, say=print, note=_note)
    return drop.drop(letters, consumer, choice, say=print, note=_note)


def _note(text: str) -> None:
    print(text, file=sys.stderr)
