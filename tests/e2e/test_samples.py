"""Every body of events/webhooks, sent as an operator sends it, ends in the archive byte for byte, in its envelope."""

import json
from pathlib import Path

import pytest

from tests.local_cloud import none_left

BODIES = sorted(Path("events/webhooks").glob("*.json"))
# What depends on when an event is received, or is no attribute of the event.
OWN = {"receivedat", "secretversion", "specversion", "datacontenttype", "data", "data_base64"}


@pytest.fixture(scope="module")
def sent(relayctl, archive):
    result = relayctl("send", *BODIES)
    none_left(lambda: [path.name for path in BODIES if not archive.of(path.read_bytes())], "samples in the archive")
    return result


def test_every_sample_is_taken(sent):
    assert sent.returncode == 0, sent.stderr
    assert [line.split()[0] for line in sent.stdout.splitlines()] == ["200"] * len(BODIES)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.name)
def test_sample_is_archived_as_its_twin_says(sent, archive, path):
    twin = json.loads(Path("events/relay", path.name).read_text())

    (event,) = archive.of(path.read_bytes())

    assert archive.body(event) == path.read_bytes()
    assert {name: getattr(event, name) for name in twin.keys() - OWN} == {
        name: twin[name] for name in twin.keys() - OWN
    }
