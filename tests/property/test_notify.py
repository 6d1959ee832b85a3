import json

from hypothesis import given
from hypothesis import strategies as st

from relay.notify.decide import deliveries
from relay.notify.formats import post_for
from relay.notify.notices import read_delivery
from relay.notify.rules import Rules
from relay.notify.teams import MAX_BYTES
from relay.orchestrator.catalogue import DOCUMENTED_TYPES, entity_of
from tests.told import event_of, no_base_url, told

EVERYTHING = Rules.model_validate({"receivers": {"all": {"kind": "https"}}, "rules": [{"name": "all", "to": ["all"]}]})
MAX_MESSAGE_BYTES = 64 * 1024

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["Id", "Key", "Name", "Title", "Reference", "Reason", "Details", "Info", "State", "Release", "ReleaseName"]
PARTS = ["Robot", "Machine", "Queue", "ProcessingException", "Error", "StartTime", "EndTime", "ReportingTime"]
ITEMS = st.dictionaries(st.sampled_from([*NAMES, *PARTS]), ANYTHING | st.text(min_size=900, max_size=1200), max_size=8)
TYPES = st.sampled_from(DOCUMENTED_TYPES)


@st.composite
def events(draw):
    name = draw(TYPES)
    entity = entity_of(name)
    member = draw(st.sampled_from(entity.members if entity else ()))
    items = draw(st.lists(ITEMS, max_size=8) | ITEMS | ANYTHING)
    body = {"Type": name, member: items, "Queue": draw(ITEMS), "Reason": draw(ANYTHING)}
    return event_of(json.dumps(body).encode())


@given(events())
def test_any_payload_becomes_notices_that_every_format_and_the_queue_can_carry(event):
    for delivery in deliveries(event, EVERYTHING, lambda _: "https://cloud.uipath.com/a/b/orchestrator_"):
        text = delivery.text()

        assert len(text.encode()) < MAX_MESSAGE_BYTES
        assert all(character in "\t\n\r" or character >= " " for character in text)
        assert not any("\ud800" <= character <= "\udfff" or character in "\ufffe\uffff" for character in text)
        assert read_delivery(text) == delivery
        for kind in ("https", "slack", "teams"):
            json.loads(post_for(kind, delivery.notice).body)
        assert len(post_for("teams", delivery.notice).body) <= MAX_BYTES


@given(st.lists(st.integers(0, 20), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_copies_in_any_order_and_folder_give_the_same_notices(keys, random):
    items = [{"Key": str(key), "EndTime": "2026-03-01T11:00:00Z"} for key in keys]
    shuffled = random.sample(items, len(items))

    first = deliveries(told("job.stopped", "1", Jobs=items, OrganizationUnitId=1), EVERYTHING, no_base_url)
    copy = deliveries(told("job.stopped", "2", Jobs=shuffled, OrganizationUnitId=2), EVERYTHING, no_base_url)

    assert {each.notice.id for each in first} == {each.notice.id for each in copy}
    assert len({each.notice.id for each in first}) == len(first)
