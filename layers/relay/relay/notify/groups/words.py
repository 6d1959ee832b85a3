"""What all groups share: titles from event types, where an event comes from, and what Orchestrator says of errors."""

import re
from itertools import dropwhile

from pydantic import ConfigDict

from relay.event import Event
from relay.notify.facts import Lines
from relay.notify.text import LINE, block, one_line
from relay.orchestrator.payloads import Payload, Text

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|[._]")


class Problem(Payload):
    """The `Error` of jobs, its members in lower case (`code`), and of queue items, in Pascal case (`Code`).

    Source: JobErrorDto and WrappedQueueItemErrorDto of Orchestrator's API, since version 20.0.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    code: Text = None
    title: Text = None
    detail: Text = None


def title(event_name: str, subject: str | None) -> str:
    """Return `Job faulted: FailingJob` for `job.faulted`; unknown types read as they are spelt."""
    spoken = event_name.replace("queueItem.transaction", "transaction")
    words = " ".join(part for part in _HUMP.split(spoken) if part).lower().capitalize()
    return one_line(f"{words}: {subject}" if subject else words, LINE) or event_name


def whole(reason: str | None, details: str | None) -> str | None:
    """Return two blocks as one, leaving out the first lines of `details` that only repeat lines of `reason`."""
    said = (reason or "").splitlines()
    return block("\n".join([*said, *dropwhile(said.__contains__, (details or "").splitlines())]))


def where(event: Event) -> Lines:
    """Return the folder and source lines that end every notice."""
    return (("Folder", event.folderid), ("Source", event.relaysource))
