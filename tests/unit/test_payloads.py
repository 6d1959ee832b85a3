import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.alias_generators import to_pascal

from relay.orchestrator.catalogue import DOCUMENTED_TYPES
from relay.orchestrator.payloads import MODELS, Entity, Job, QueueItem, Schedule, Session, Task, models
from tests.told import WEBHOOKS, sample, told

SAMPLES = sorted({path.stem for path in WEBHOOKS.glob("*.json")} - {"ping", "custom", "unknown"})

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800", 10**2000])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
known_keys = sorted({to_pascal(field) for model in MODELS.values() for field in model.model_fields})
objects = st.dictionaries(st.sampled_from([*known_keys, "\ud800", "model_config"]), values, max_size=8)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@given(item=objects, payload=values | objects)
def test_a_model_reads_any_json_object(model: type[Entity], item: dict[str, object], payload: object) -> None:
    assert isinstance(model.of(item, payload), model)


@given(payload=values | objects, name=st.sampled_from([*DOCUMENTED_TYPES, "job.unseen", "custom", "Other"]))
def test_models_reads_any_json_value(payload: object, name: str) -> None:
    event = told(name, **payload) if isinstance(payload, dict) and "name" not in payload else told(name)

    assert all(isinstance(entity, Entity) for entity in models(event))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_has_its_entities(name: str) -> None:
    event = sample(name)

    read = models(event)

    assert len(read) == event.entitycount > 0
    assert read[0].key or read[0].id or read[0].model_dump().get("session_id")


def test_a_job_is_read_with_what_it_refers_to() -> None:
    (job,) = models(sample("job.faulted"))

    assert isinstance(job, Job)
    assert (job.state, job.robot.machine_name, job.release.process_key) == ("Faulted", "PC-DOC", "FailingJob")
    assert (job.machine.name, job.end_time) == (None, "2018-11-26T14:14:26.2529616Z")


def test_a_queue_item_knows_its_queue_and_its_exception() -> None:
    (item,) = models(sample("queueItem.transactionFailed"))

    assert isinstance(item, QueueItem)
    assert (item.queue.name, item.processing_exception.type, item.retry_number) == ("temp", "BusinessException", 0)


def test_what_stands_beside_the_entities_is_theirs() -> None:
    (schedule,) = models(sample("schedule.failed"))
    (task,) = models(sample("task.saved.2"))

    assert isinstance(schedule, Schedule)
    assert isinstance(task, Task)
    assert schedule.reason == "The robots already have pending jobs for this Process"
    assert (task.assigned_to_user_id, task.action) == ("888", "")


def test_other_types_than_the_documented_ones_are_read_as_meant() -> None:
    job = Job.of({"Key": 7, "State": True, "Robot": [{"Name": "first"}, {"Name": "second"}], "Release": "none"}, None)
    item = QueueItem.of({"RetryNumber": "3", "Status": 1.5, "Id": 2**70}, [])
    session = Session.of({"IsUnresponsive": "True", "SessionId": 4778, "State": {"a": 1}}, {})

    assert (job.key, job.state, job.robot.name, job.release.name) == ("7", "true", "first", None)
    assert (item.retry_number, item.status, item.id) == (3, "1.5", str(2**70))
    assert (session.is_unresponsive, session.session_id, session.state) == (True, "4778", None)


@pytest.mark.parametrize("number", ["x", "1.5", "", True, [], 1e400, float("nan"), 2**63, "9" * 5000])
def test_what_is_no_number_is_absent(number: object) -> None:
    assert QueueItem.of({"RetryNumber": number}, {}).retry_number is None


def test_an_integer_too_long_to_print_is_absent() -> None:
    assert Job.of({"Key": 10**5000}, {}).key is None


def test_a_model_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Job().state = "Faulted"


def test_an_event_without_entities_has_no_models() -> None:
    assert models(told("custom", EventData={"a": 1})) == []
    assert models(told("job.faulted", Job="text")) == []
    assert [job.key for job in models(told("job.faulted", Jobs=[1, None, {"Key": "k"}]))] == ["k"]
