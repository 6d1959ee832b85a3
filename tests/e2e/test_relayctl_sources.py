"""`relayctl sync` and `relayctl source` against the relay on this computer, as `--port` finds it."""

import re

import pytest

from relayctl.__main__ import main


@pytest.fixture
def ctl(cloud, monkeypatch, capsys):
    """The command; returns its exit code and what it said."""
    monkeypatch.setattr("relayctl.outputs.outputs", lambda _: cloud.outputs())

    def run(*arguments):
        code = main([*arguments])
        return code, *capsys.readouterr()

    return run


def test_apply_makes_the_webhook_right_and_check_finds_nothing_wrong(ctl):
    ctl("sync", "apply")

    assert ctl("sync", "plan")[:2] == (0, "main: nothing to change\n")
    code, said, _ = ctl("source", "check", "main")

    assert code == 0, said
    assert re.search(
        r"^✓ ping: webhook \d+ .*: arrived after \d+ ms, signed with .* \(AWSCURRENT\)$", said, re.MULTILINE
    )


def test_a_source_that_is_added_has_a_webhook_url_and_is_listed(ctl, cloud):
    code, said, _ = ctl("source", "add", "added-here")

    _, listed, _ = ctl("source", "list")

    assert code == 0
    assert f"{cloud.outputs()['WebhookUrl'].removesuffix('main')}added-here\n" in said
    assert re.search(r"^added-here +- +yes +empty +never", listed, re.MULTILINE)
