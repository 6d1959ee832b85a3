"""Each drift of each field, both ways, in every version of the API; and who is who among several webhooks."""

import pytest

from relay.orchestrator.api import NameTaken, Webhook
from relay.orchestrator.sources import Source
from relay.sync import diff
from relay.sync.apply import apply
from relay.sync.plan import Create, Delete, Update, plan, same_address
from relay.sync.wanted import Wanted, subscription, unknown_types, wanted_of
from tests.orchestrators import OFFERED, MemoryTenant, hook

URL = str(hook()["Url"])
ALL = Wanted("relay-main", "kept")
JOBS = ALL._replace(patterns=("job.faulted", "job.stopped"))
EVENTS = [{"EventType": "job.faulted"}, {"EventType": "job.stopped"}]
SOME = {"SubscribeToAllEvents": False, "Events": EVENTS}
VERSIONS = pytest.mark.parametrize("version", [11, 15, 16, 18, 20])


def right(number=4, version=20, **members):
    """Return a webhook that is as it should be, but for these members."""
    named = {"Name": "relay-main", "Description": "kept", "Key": "k"} if version >= 16 else {}
    return hook(number, **{**named, "Secret": f"of {number}", **members})


def planned(tenant, wanted=(ALL,)):
    client = tenant.client()
    return plan(wanted, client.all(), client.event_types(), client.version, URL)


def repaired(tenant, wanted=(ALL,)):
    """Plan and apply, and return what the plan said; a second plan must be empty."""
    first = planned(tenant, wanted)
    apply(first, tenant.client(), lambda: "the secret")
    assert planned(tenant, wanted).changes == ()
    return first


@VERSIONS
def test_what_is_right_is_left_alone(version):
    tenant = MemoryTenant(version, hooks=[right(version=version)])

    assert repaired(tenant).changes == ()
    assert tenant.writes == 0


@VERSIONS
@pytest.mark.parametrize(
    ("wanted", "members", "patch"),
    [
        (ALL, {"Enabled": False}, {"Enabled": True}),
        (ALL._replace(enabled=False), {"Enabled": True}, {"Enabled": False}),
        (ALL, {"AllowInsecureSsl": True}, {"AllowInsecureSsl": False}),
        (ALL._replace(verify_tls=False), {"AllowInsecureSsl": False}, {"AllowInsecureSsl": True}),
        (ALL, SOME, {"SubscribeToAllEvents": True, "Events": frozenset()}),
        (JOBS, {}, {"SubscribeToAllEvents": False, "Events": frozenset(JOBS.patterns)}),
        (JOBS, {"Events": EVENTS}, {"SubscribeToAllEvents": False, "Events": frozenset(JOBS.patterns)}),
        (JOBS, {**SOME, "Events": EVENTS[:1]}, {"Events": frozenset(JOBS.patterns)}),
        (JOBS, {**SOME, "Events": [*EVENTS, {"EventType": "job.created"}]}, {"Events": frozenset(JOBS.patterns)}),
        (JOBS, {**SOME, "Events": [{"EventType": "gone"}, *EVENTS]}, {"Events": frozenset(JOBS.patterns)}),
    ],
)
def test_each_field_is_repaired_by_the_smallest_patch(version, wanted, members, patch):
    tenant = MemoryTenant(version, hooks=[right(version=version, **members)])

    (change,) = repaired(tenant, [wanted]).changes

    assert isinstance(change, Update)
    assert change.fields == patch
    assert tenant.hooks[4]["Secret"] == "of 4"


@pytest.mark.parametrize("version", [16, 18, 20])
@pytest.mark.parametrize(
    ("wanted", "members", "patch"),
    [
        (ALL, {"Name": "renamed"}, {"Name": "relay-main"}),
        (ALL, {"Name": "Relay-Main"}, {"Name": "relay-main"}),
        (ALL, {"Description": None}, {"Description": "kept"}),
        (ALL._replace(description=""), {}, {"Description": ""}),
        (ALL, {"Url": "https://elsewhere.example"}, {"Url": URL}),
        (ALL, {"Url": f"{URL}/"}, {"Url": URL}),
    ],
)
def test_names_descriptions_and_addresses_are_repaired_where_names_exist(version, wanted, members, patch):
    tenant = MemoryTenant(version, hooks=[right(**members)])

    (change,) = repaired(tenant, [wanted]).changes

    assert change.fields == patch
    assert tenant.hooks[4]["Secret"] == ("the secret" if "Url" in patch else "of 4")


@pytest.mark.parametrize("version", [11, 15])
def test_without_names_a_changed_address_is_another_s_and_ours_is_made_again(version):
    tenant = MemoryTenant(version, hooks=[right(version=version, Url="https://elsewhere.example")])

    done = repaired(tenant)

    assert [type(change) for change in done.changes] == [Create]
    assert [webhook.id for webhook in done.foreign] == [4]
    assert tenant.hooks[5]["Url"] == URL


@VERSIONS
def test_a_missing_webhook_is_made_with_its_secret(version):
    tenant = MemoryTenant(version)

    repaired(tenant, [JOBS])

    named = {"Name": "relay-main", "Description": "kept"} if version >= 16 else {}
    assert tenant.hooks == {1: {**hook(1, **named, **SOME, Secret="the secret")}}


@VERSIONS
def test_what_was_made_is_not_taken_for_a_webhook_that_cannot_be_made(version):
    tenant = MemoryTenant(version)

    repaired(tenant, [ALL._replace(name="relay-nothing", patterns=("agent.*",)), ALL])

    assert len(tenant.hooks) == 1


@VERSIONS
def test_duplicates_of_ours_go_and_the_best_of_them_stays(version):
    copies = [right(number, version, Enabled=number == 7) for number in (5, 7, 9)]
    for copy in copies:
        copy.update({"Name": f"copy {copy['Id']}"} if version >= 16 else {})
    tenant = MemoryTenant(version, hooks=[*copies, hook(2, Name="theirs", Url="https://theirs.example")])

    done = repaired(tenant)

    assert sorted(tenant.hooks) == [2, 7]
    assert [change.webhook.id for change in done.changes if isinstance(change, Delete)] == [5, 9]
    assert [webhook.id for webhook in done.foreign] == [2]


def test_of_equal_duplicates_the_oldest_stays():
    tenant = MemoryTenant(15, hooks=[right(number, 15) for number in (9, 3, 5)])

    repaired(tenant)

    assert list(tenant.hooks) == [3]


def test_a_webhook_of_the_name_comes_before_one_of_the_address():
    tenant = MemoryTenant(20, hooks=[hook(1, Name="made by hand"), right(2, Url="https://old.example")])

    repaired(tenant)

    assert list(tenant.hooks) == [2]


def test_the_very_name_comes_before_one_in_another_case_and_the_oldest_first():
    hooks = [Webhook(9, URL, name="relay-main"), Webhook(3, URL, name="RELAY-main"), Webhook(5, URL, name="relay-main")]

    assert [webhook.id for webhook in plan([ALL], hooks, OFFERED, 20, URL).kept] == [5]
    assert [webhook.id for webhook in plan([ALL._replace(name="Relay-Main")], hooks, OFFERED, 20, URL).kept] == [3]


def test_several_webhooks_of_one_source_are_told_apart_without_names():
    wanted = [ALL._replace(name="a", patterns=("job.*",)), ALL._replace(name="b", patterns=("queueItem.*",))]
    tenant = MemoryTenant(15)
    repaired(tenant, wanted)
    tenant.hooks[3] = {**tenant.hooks.pop(1), "Id": 3}  # the order of ids says nothing

    assert planned(tenant, wanted).changes == ()
    assert [webhook.id for webhook in planned(tenant, wanted).kept] == [3, 2]


def test_patterns_take_the_server_s_spelling_and_no_case():
    offered = ["Job.Completed", "job.created", "queueItem.added"]

    found = subscription(["JOB.c*", "nothing.*"], offered)

    assert sorted(found.types) == ["Job.Completed", "job.created"]
    assert found.unmatched == ("nothing.*",)
    assert subscription(["job.created", "*"], offered).to_all


def test_events_are_a_set_that_knows_no_case():
    events = [{"EventType": "JOB.stopped"}, {"EventType": "job.FAULTED"}, {"EventType": "job.faulted"}]
    tenant = MemoryTenant(20, hooks=[right(SubscribeToAllEvents=False, Events=events)])

    assert planned(tenant, [JOBS]).changes == ()


@VERSIONS
@pytest.mark.parametrize("exists", [True, False])
def test_a_webhook_whose_patterns_mean_nothing_keeps_its_events(version, exists):
    tenant = MemoryTenant(version, hooks=[right(version=version, Enabled=False)] * exists)

    done = repaired(tenant, [ALL._replace(patterns=("agent.*",))])

    assert [change.fields for change in done.changes] == [{"Enabled": True}] * exists
    assert (done.impossible, done.unmatched) == (("relay-main",), ("agent.*",))


def test_an_orchestrator_that_offers_nothing_loses_no_subscription():
    tenant = MemoryTenant(20, offered=(), hooks=[right(**SOME)])

    assert planned(tenant, [JOBS]).changes == ()


def test_types_new_to_this_relay_are_reported():
    assert unknown_types(OFFERED) == ("process.paused",)
    assert planned(MemoryTenant(20)).unknown_types == ("process.paused",)


def test_what_is_refused_does_not_keep_the_rest_back():
    tenant = MemoryTenant(20, hooks=[right(1, Name="x", Enabled=False), right(2, Name="y", Enabled=False)])
    wanted = [ALL, ALL._replace(name="second")]
    prepared = planned(tenant, wanted)
    tenant.hooks[3] = hook(3, Name="second", Url="https://theirs.example")  # meanwhile

    done = apply(prepared, tenant.client(), lambda: "the secret")

    assert (done.repaired, [type(error) for _, error in done.refused]) == (2, [NameTaken])
    assert [tenant.hooks[number]["Name"] for number in (1, 2)] == ["relay-main", "y"]


def test_a_plan_may_be_stopped_before_each_change():
    tenant = MemoryTenant(20, hooks=[right(Enabled=False)])

    with pytest.raises(InterruptedError):
        apply(planned(tenant), tenant.client(), lambda: "", check=_stop)
    assert tenant.writes == 0


def _stop():
    raise InterruptedError


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://A.example/x", "HTTPS://a.EXAMPLE/x", True),
        ("https://a.example/x", "https://a.example/X", False),
        ("https://a.example/x", "https://a.example/x/", False),
        ("https://a.example/x", "https://a.example/x?y", False),
        ("https://[", "https://[", True),
    ],
)
def test_addresses_are_compared_as_they_are_used(one, other, same):
    assert same_address(one, other) is same


def test_webhooks_without_a_name_are_called_after_stack_and_source():
    assert wanted_of(Source(), "relay-main")[0].name == "relay-main"


def test_a_plan_reads_as_a_diff():
    token = "1b4f0e98-0000-4000-8000-000000000000"
    tenant = MemoryTenant(
        20,
        hooks=[
            right(4, Enabled=False, Url=f"https://old.example/{token}/main?sig=x", **{**SOME, "Events": EVENTS[:1]}),
            right(5, Name="copy"),
            hook(6, Name="their's\x1b", Url="https://me:pw@hooks.example/services/T0/B0/abcdefghijklmnopqrstuvwx"),
        ],
    )

    wanted = [JOBS._replace(patterns=("job.faulted", "job.stopped", "job.nap")), ALL._replace(name="b", enabled=False)]

    assert list(diff.lines(planned(tenant, wanted))) == [
        '~ webhook 4 "relay-main"',
        '    Url: "https://old.example/1b4f…/main?…" -> "https://relay.example/webhooks/t/main"',
        "    Enabled: false -> true",
        "    Events: +job.stopped",
        '~ webhook 5 "copy"',
        '    Name: "copy" -> "b"',
        "    Enabled: true -> false",
        "! job.nap means no event type offered here",
        '? "process.paused" is offered here and new to this relay',
        '= webhook 6 "their\'s\\u001b" is not ours: https://hooks.example/services/T0/B0/abcd…',
    ]


def test_a_new_webhook_and_a_duplicate_read_as_such():
    new = list(diff.lines(planned(MemoryTenant(15, offered=["job.created"]), [ALL._replace(patterns=("job.*",))])))
    again = MemoryTenant(15, hooks=[right(1, 15), right(2, 15)], offered=[])

    assert new[0] == '+ webhook "relay-main" is missing'
    assert '    Events: ["job.created"]' in new
    assert list(diff.lines(planned(again))) == ["- webhook 2 is a duplicate"]


def test_addresses_that_differ_where_they_are_not_shown_are_told_apart():
    (line,) = [line for line in diff.lines(plan([ALL], [_at(f"{URL}?a")], [], 20, f"{URL}?b")) if "Url" in line]

    assert line.endswith('/main?… (another one)" -> "https://relay.example/webhooks/t/main?…"')


def _at(url):
    return Webhook(4, url, subscribe_to_all=True, name="relay-main", description="kept")
