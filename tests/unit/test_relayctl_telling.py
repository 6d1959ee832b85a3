import pytest

from relay.errors import SettingsError, Unavailable
from relay.lease import LeaseTaken
from relay.orchestrator.api import NotAuthenticated
from relayctl.telling import say, sentence


@pytest.mark.parametrize(
    ("line", "colour"), [("  + webhook 1", 32), ("✗ ping", 31), ("~ webhook 1", 33), ("main: nothing", None)]
)
def test_colours_are_for_terminals_only(monkeypatch, capsys, line, colour):
    monkeypatch.delenv("NO_COLOR", raising=False)
    say(line)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    say(line)
    monkeypatch.setenv("NO_COLOR", "1")
    say(line)

    shown = f"\x1b[{colour}m{line}\x1b[0m" if colour else line
    assert capsys.readouterr().out.splitlines() == [line, shown, line]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LeaseTaken("another writer was faster"), "Another writer was faster. Sync or a rotation is at work;"),
        (NotAuthenticated("no token: 400"), "No token: 400. The credential is wrong, expired or revoked;"),
        (Unavailable("a secret could not be read: AccessDeniedException"), "Sign in to AWS, and allow your role"),
        (SettingsError("sources.yaml:3: no\nsources.yaml:4: nor this"), "sources.yaml:3: no\nsources.yaml:4: nor this"),
    ],
)
def test_errors_are_sentences_with_a_remedy(error, said):
    assert said in sentence(error)
