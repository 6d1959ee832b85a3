import json
from pathlib import Path

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from jsonschema import Draft202012Validator

from relay.event import read
from relay.orchestrator.catalogue import DOCUMENTED_TYPES
from tests.contract.samples import ENVELOPES, WEBHOOKS, envelope_of, names

SCHEMA = Draft202012Validator(json.loads(Path("docs/envelope.schema.json").read_text()))


@pytest.mark.parametrize("name", names())
def test_each_body_becomes_its_envelope(name):
    assert envelope_of(name) == (ENVELOPES / name).read_text().removesuffix("\n")


@pytest.mark.parametrize("name", names())
def test_each_envelope_keeps_the_body_byte_for_byte(name):
    event = read((ENVELOPES / name).read_text().removesuffix("\n"))

    assert event.body == (WEBHOOKS / name).read_bytes()


@pytest.mark.parametrize("name", names())
def test_each_envelope_satisfies_our_schema(name):
    SCHEMA.validate(json.loads((ENVELOPES / name).read_text()))


@pytest.mark.parametrize("name", names())
def test_each_envelope_is_a_cloud_event_by_the_official_sdk(name):
    event = JSONFormat().read(CloudEvent, (ENVELOPES / name).read_bytes())

    assert event.get_type().startswith("com.uipath.orchestrator.")
    assert event.get_data() is not None


def test_every_documented_type_has_a_sample():
    types = {read((ENVELOPES / name).read_text().removesuffix("\n")).name for name in names()}

    assert set(DOCUMENTED_TYPES) <= types


def test_no_envelope_is_without_its_body():
    assert sorted(path.name for path in ENVELOPES.glob("*.json")) == names()


def test_bodies_are_one_line_without_a_final_newline():
    broken = [name for name in names() if b"\n" in (WEBHOOKS / name).read_bytes() and "indented" not in name]

    assert broken == []
