"""`relayctl source`: each action, from its arguments to its exit code."""

import argparse

from relayctl.source.add import Offered, add
from relayctl.source.check import check
from relayctl.source.listing import list_all
from relayctl.stack import stack_of
from relayctl.telling import reported


def run(wanted: argparse.Namespace) -> int:
    """Do what the arguments say, return the exit code."""
    return reported(lambda: {"add": _add, "list": _list, "check": _check}[wanted.action](wanted))


def _add(wanted: argparse.Namespace) -> int:
    return add(stack_of(wanted), wanted.source, Offered(wanted.base_url, wanted.client_id, wanted.token))


def _list(wanted: argparse.Namespace) -> int:
    return list_all(stack_of(wanted))


def _check(wanted: argparse.Namespace) -> int:
    return check(stack_of(wanted), wanted.source)
