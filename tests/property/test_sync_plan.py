"""Whatever a tenant's webhooks have become: one run makes them right, and a second one has nothing to do."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from relay.orchestrator.api import Webhook
from relay.sync import diff
from relay.sync.apply import apply
from relay.sync.plan import Delete, plan, same_address
from relay.sync.wanted import Wanted
from tests.orchestrators import OFFERED, MemoryTenant

URL = "https://relay.example/webhooks/1b4f0e98-0000-4000-8000-000000000000/main"
URLS = [URL, URL.upper().replace("WEBHOOKS", "webhooks"), f"{URL}/", f"{URL}?x=1", "https://other.example/hook", ""]
NAMES = ["relay-main", "RELAY-MAIN", "relay-jobs", "relay-Jobs", "theirs", "another"]
PATTERNS = [
    "*",
    "job.*",
    "JOB.faulted",
    "queueItem.transaction*",
    "*.created",
    "process.paused",
    "task.*",
    "job.nap",
    "robot.?tatus",
]
VERSIONS = [11, 15, 16, 18, 20]
LEISURELY = settings(deadline=None, max_examples=200)

wanteds = st.lists(
    st.builds(
        Wanted,
        st.sampled_from(NAMES[:4]),
        st.sampled_from(["", "kept"]),
        st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.name.lower(),
)


@st.composite
def tenants(draw):
    version = draw(st.sampled_from(VERSIONS))
    numbers = draw(st.lists(st.integers(1, 2**62), max_size=7, unique=True))
    names = draw(st.permutations([*NAMES[::2], "x1", "x2", "x3", "x4"]))
    return MemoryTenant(
        version, OFFERED, [draw(_hooks(n, version, name)) for n, name in zip(numbers, names, strict=False)]
    )


@st.composite
def _hooks(draw, number, version, name):
    to_all = draw(st.booleans())
    events = draw(
        st.lists(st.sampled_from([*OFFERED, "job.FAULTED", "gone.type"]), min_size=not to_all, max_size=4, unique=True)
    )
    named = (
        {"Name": name, "Description": draw(st.sampled_from([None, "", "kept"])), "Key": "k"} if version >= 16 else {}
    )
    return {
        "Id": number,
        "Url": draw(st.sampled_from(URLS)),
        "Enabled": draw(st.booleans()),
        "SubscribeToAllEvents": to_all,
        "AllowInsecureSsl": draw(st.booleans()),
        "Events": [{"EventType": event} for event in events],
        "Secret": f"hush {number}",
        **named,
    }


def _plan(wanted, tenant):
    client = tenant.client()
    return plan(wanted, client.all(), client.event_types(), client.version, URL)


@LEISURELY
@given(wanteds, tenants())
def test_one_run_makes_it_right_and_a_second_changes_nothing(wanted, tenant):
    before = {number: dict(hook) for number, hook in tenant.hooks.items()}
    first = _plan(wanted, tenant)

    applied = apply(first, tenant.client(), lambda: "the secret")
    writes = tenant.writes
    second = _plan(wanted, tenant)

    assert applied.refused == ()
    assert (applied.repaired, writes) == (first.drifts, len(first.changes))
    assert second.changes == ()
    assert apply(second, tenant.client(), lambda: "never").webhooks == second.kept
    assert tenant.writes == writes
    assert second.foreign == first.foreign
    for webhook in first.foreign:
        assert tenant.hooks[webhook.id] == before[webhook.id]
    for number, hook in tenant.hooks.items():
        moved = number not in before or not same_address(before[number]["Url"], hook["Url"])
        assert hook["Secret"] == ("the secret" if moved else before[number]["Secret"])
    ours = [hook for hook in tenant.hooks.values() if same_address(hook["Url"], URL)]
    assert len(ours) == len(second.kept) <= len(wanted)
    assert len(wanted) - len(ours) <= len(second.impossible)


@LEISURELY
@given(wanteds, tenants(), st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_the_answer(wanted, tenant, chance):
    client = tenant.client()
    webhooks, types = client.all(), client.event_types()
    shuffled, other_types = list(webhooks), list(types)
    chance.shuffle(shuffled)
    chance.shuffle(other_types)

    assert plan(wanted, shuffled, other_types, tenant.version, URL) == plan(
        wanted, webhooks, types, tenant.version, URL
    )


@LEISURELY
@given(wanteds, tenants())
def test_a_plan_can_be_read_and_tells_neither_secret_nor_token(wanted, tenant):
    told = "\n".join(diff.lines(_plan(wanted, tenant)))

    assert "1b4f0e98" not in told
    assert "hush" not in told


@LEISURELY
@given(st.lists(st.sampled_from(PATTERNS), min_size=1).map(tuple), st.sampled_from(VERSIONS))
@example(("*",), 11)
def test_what_was_just_made_is_what_was_wanted(patterns, version):
    tenant = MemoryTenant(version)
    wanted = [Wanted("relay-main", "d", patterns)]

    apply(_plan(wanted, tenant), tenant.client(), lambda: "the secret")

    assert not any(isinstance(change, Delete) for change in _plan(wanted, tenant).changes)
    assert all(isinstance(one, Webhook) and one.enabled for one in _plan(wanted, tenant).kept)
