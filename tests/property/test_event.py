import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from relay.event import read, wrap
from relay.orchestrator.catalogue import DOCUMENTED_TYPES, OTHER_TYPES
from relay.times import utc7

SCHEMA = Draft202012Validator(json.loads(Path("docs/envelope.schema.json").read_text()))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner), max_leaves=12
)
TYPES = st.sampled_from((*DOCUMENTED_TYPES, *OTHER_TYPES)) | VALUES
MEMBERS = (
    "Job",
    "Jobs",
    "QueueItem",
    "QueueItems",
    "Robots",
    "Sessions",
    "Releases",
    "ProcessSchedule",
    "Tasks",
    "Queues",
)
ITEMS = st.dictionaries(st.sampled_from(("Key", "Id", "SessionId", "EndTime", "State", "ProcessingException")), VALUES)
PAYLOADS = st.fixed_dictionaries(
    {},
    optional={"Type": TYPES, "EventId": VALUES, "Timestamp": VALUES, "TenantId": VALUES, "OrganizationUnitId": VALUES}
    | {member: VALUES | ITEMS | st.lists(ITEMS, max_size=3) for member in MEMBERS},
)
BODIES = (
    PAYLOADS.map(lambda payload: json.dumps(payload).encode())
    | VALUES.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    | st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)


@given(BODIES)
def test_any_body_becomes_a_valid_envelope_that_keeps_it(body):
    text = wrap(body, relaysource="main", received_at=datetime(2026, 11, 21, tzinfo=UTC), secret_version="v1").text()

    SCHEMA.validate(json.loads(text))
    assert read(text).body == body
    assert "\n" not in text
    text.encode()


@given(BODIES)
def test_an_envelope_is_a_function_of_its_body(body):
    moments = [datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (1, 2)]

    first, second = (wrap(body, relaysource="main", received_at=moment, secret_version="v1") for moment in moments)

    differing = {name for name in first.attributes if first.attributes[name] != second.attributes[name]}
    assert differing <= {"receivedat", "time"}


@given(st.datetimes(min_value=datetime(2, 1, 2)), st.integers(0, 7))  # noqa: DTZ001
def test_times_compare_as_text_as_they_do_as_times(moment, digits):
    fraction = f"{moment.microsecond:06d}0"[:digits]
    text = f"{moment:%H:%M:%S}{'.' * bool(digits)}{fraction}Z"

    told = utc7(f"{moment.year:04d}-{moment:%m-%d}T{text}")

    assert told == f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{fraction:0<7}Z"
