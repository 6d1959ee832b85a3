"""What commands say: sentences with a remedy for what went wrong, colours on a terminal only."""

import os
import sys
from collections.abc import Callable

from relay.errors import Refused, RelayError, Unavailable
from relay.lease import LeaseTaken
from relay.orchestrator.api import NameTaken, NotAuthenticated, NotOrchestrator, NotPermitted, Rejected
from relay.orchestrator.sources import FILE
from relay.rotate.ends import NotProven
from relayctl.outputs import CannotRead
from relayctl.stack import CannotOperate

Say = Callable[[str], None]

# The first that fits; docs/sync.md has the same for those who read the log.
_REMEDIES: tuple[tuple[type[RelayError], str], ...] = (
    (LeaseTaken, "Sync or a rotation is at work; try again in a few minutes."),
    (
        NotAuthenticated,
        (
            "The credential is wrong, expired or revoked; after invalid_scope give the application the scope "
            "OR.Webhooks, or name the one it has as `scope` in the secret."
        ),
    ),
    (
        NotPermitted,
        "Give the application the scope OR.Webhooks, and a role with View, Create, Edit and Delete on Webhooks.",
    ),
    (NotOrchestrator, "Compare base_url with the address in your browser, up to and with orchestrator_."),
    (NameTaken, "A webhook that this credential cannot see has the name; choose another in sources.yaml."),
    (Rejected, "Orchestrator said so; correct what it names."),
    (NotProven, "Run `relayctl source check` for the source: it says what keeps deliveries away."),
    (Unavailable, "Nothing is known to be wrong; try again."),
)
_DENIED = ("AccessDenied", "UnrecognizedClient", "ExpiredToken", "InvalidClientTokenId", "NoCredentials")
_COLOURS = {"+": 32, "✓": 32, "~": 33, "!": 33, "-": 31, "✗": 31}


def reported(act: Callable[[], int]) -> int:
    """Return the act's exit code, or 1 after a sentence about why it could not be done."""
    try:
        return act()
    except (CannotRead, CannotOperate) as error:
        note(str(error))
    except RelayError as error:
        note(sentence(error))
    return 1


def sentence(error: RelayError) -> str:
    """Return what went wrong and what to do about it."""
    text = str(error)
    if text.startswith(FILE):  # a line for each error, with file and line
        return text
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}. {remedy(error)}".rstrip()


def remedy(error: RelayError) -> str:
    """Return what to do about an error, nothing where its own text says that."""
    if isinstance(error, Unavailable | Refused) and any(code in str(error) for code in _DENIED):
        return "Sign in to AWS, and allow your role what docs/operations.md lists."
    return next((text for kind, text in _REMEDIES if isinstance(error, kind)), "")


def say(line: str) -> None:
    """Print a line, in the colour of its first sign if somebody looks at it."""
    colour = _COLOURS.get(line.lstrip()[:1])
    coloured = colour and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(f"\x1b[{colour}m{line}\x1b[0m" if coloured else line, flush=True)


def note(text: str) -> None:
    """Print to standard error, where it is no part of the answer."""
    print(text, file=sys.stderr, flush=True)


def counted(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
