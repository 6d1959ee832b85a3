"""The seeded life: the same for the same seed, true to UiPath's rules, and told completely by its events."""

import json
from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from local.orchestrator.api.versions import offered
from local.orchestrator.life import Life
from local.orchestrator.life.stage import ZONELESS

VERSIONS = (11, 15, 16, 18, 20)


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: f"v{version}")
def day(request):
    life = Life(7, api_version=request.param)
    return life, [json.loads(body) for body in life.day()]


def by_entity(events, *members):
    found = defaultdict(list)
    for event in events:
        for member in members:
            told = event.get(member, [])
            for element in told if isinstance(told, list) else [told]:
                found[element["Key"]].append((event["Type"], element))
    return found


def test_same_seed_gives_the_same_bytes_and_another_does_not():
    first, again, other = (Life(seed).day() for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_living_in_parts_is_living_at_once():
    whole, parts = Life(7), Life(7)

    bodies = whole.advance(timedelta(hours=6))
    pieces = [body for _ in range(6) for body in parts.advance(timedelta(hours=1))]

    assert len(pieces) == len(bodies)
    assert [json.loads(body)["Type"] for body in pieces] == [json.loads(body)["Type"] for body in bodies]


@pytest.mark.parametrize("seed", range(5))
def test_day_has_a_tenants_usual_number_of_events(seed):
    assert 1_000 < len(Life(seed).day()) < 3_000


def test_only_offered_types_are_raised_and_nearly_all_of_them(day):
    life, events = day
    raised = {event["Type"] for event in events}

    assert raised <= set(offered(life.version))
    wanted = {name for name in offered(life.version) if name.split(".")[0] in ("job", "queueItem", "queue", "process")}
    assert wanted <= raised | {"queueItem.deleted", "job.terminating"}


def test_every_event_has_its_own_id_and_a_later_time(day):
    _, events = day
    times = [event["Timestamp"] for event in events]

    assert len({(event["EventId"], event.get("OrganizationUnitId")) for event in events}) == len(events)
    assert sorted(times, key=lambda time: (time[:19], float("0" + time[19:].rstrip("Z")))) == times
    assert {event["Type"] for event in events if not event["Timestamp"].endswith("Z")} <= set(ZONELESS)


def test_jobs_of_robots_are_not_announced(day):
    life, events = day
    told = by_entity(events, "Job", "Jobs")
    announced = {key for key, steps in told.items() if steps[0][0] == "job.created"}

    sources = {job["Key"]: job["Source"] for job in life.world.jobs.values() if job["Key"] in told}
    assert {sources[key] for key in announced} == {"Manual", "Schedule"}
    assert {sources[key] for key in told.keys() - announced} == {"Robot"}


def test_shared_queues_are_told_once_per_folder():
    different = [json.loads(body) for body in Life(7, event_ids="different").day()]
    equal = [json.loads(body) for body in Life(7, event_ids="equal").day()]

    def copies(events):
        queues = [
            event for event in events if event["Type"] == "queue.created" and event["Queues"][0]["Name"] == "parcels"
        ]
        return {event["OrganizationUnitId"] for event in queues}, {event["EventId"] for event in queues}

    assert [len(found) for found in copies(different)] == [3, 3]
    assert [len(found) for found in copies(equal)] == [3, 1]


def test_users_are_named_where_people_act_and_folders_where_robots_are_not_defined(day):
    _, events = day

    assert all("UserId" not in event for event in events if event["Type"] in ("robot.status", "job.started"))
    assert all("OrganizationUnitId" not in event for event in events if event["Type"].startswith("robot."))
    assert any("UserId" in event for event in events if event["Type"] == "job.created")


def test_last_word_of_the_events_is_the_truth(day):
    life, events = day
    told = by_entity(events, "Job", "Jobs", "QueueItem", "QueueItems")
    truth = {key: entity for (kind, key), entity in life.truth().items() if kind in ("job", "queueItem")}

    assert told.keys() == truth.keys()
    for key, steps in told.items():
        last = steps[-1][1]
        assert truth[key].status == (last.get("State") or last["Status"])
        assert {name: truth[key].fields[name] for name in last if isinstance(last[name], str | int)} == {
            name: value for name, value in last.items() if isinstance(value, str | int)
        }


def test_truth_has_every_kind_and_the_ends_they_can_come_to():
    life = Life(7)
    life.day()

    found = Counter((kind, entity.status) for (kind, _), entity in life.truth().items())

    assert {kind for kind, _ in found} == {
        *("process", "robot", "session", "queue", "queueItem", "task", "schedule", "job"),
    }
    assert {("job", "Faulted"), ("job", "Stopped"), ("queueItem", "Abandoned"), ("queueItem", "Retried")} <= set(found)
    assert {("task", "Deleted"), ("task", "Completed"), ("queue", "Deleted"), ("process", "Deleted")} <= set(found)
