"""The stack that relayctl's commands are tried on."""

import pytest

from local.orchestrator import Profile
from tests.deployed import Ctl, deployed


@pytest.fixture
def stack(request, tmp_path, monkeypatch):
    """With an Orchestrator of the profile that a test gives as its parameter."""
    with deployed(tmp_path, monkeypatch, getattr(request, "param", Profile(ping_on_change=False))) as made:
        yield made


@pytest.fixture
def ctl(stack, capsys):
    return Ctl(stack, capsys)
