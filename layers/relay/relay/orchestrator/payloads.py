"""What webhook payloads say of their entities, one model per kind.

Source: UiPath's page "Types of events" and the event definitions of Orchestrator's API up to version 20.0. Every field
is optional, keys nobody knows are passed over, and no JSON value is refused: a number where text is documented, a list
where one object is, and the reverse of both are read as meant, anything else as absent.
"""

from typing import Annotated, ClassVar, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator
from pydantic.alias_generators import to_pascal

from relay.event import Event
from relay.orchestrator.catalogue import entities, entity_of

_LARGEST = 2**63 - 1  # Orchestrator's integers are 64-bit


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 1024:
        return None  # Python refuses to print integers beyond 4,300 digits
    return str(value) if isinstance(value, str | int | float) else None


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) <= _LARGEST else None


def _flag(value: object) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get((_text(value) or "").lower())


def _object(value: object) -> object:
    first = next(iter(value), None) if isinstance(value, list) else value
    return first if isinstance(first, dict | BaseModel) else {}


Text = Annotated[str | None, PlainValidator(_text)]
Number = Annotated[int | None, PlainValidator(_number)]
Flag = Annotated[bool | None, PlainValidator(_flag)]
_Model = TypeVar("_Model", bound=BaseModel)
Part = Annotated[_Model, BeforeValidator(_object)]


class Payload(BaseModel):
    """An object of a payload: `robot.machine_name` is its `Robot.MachineName`; an absent object has absent fields."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore", frozen=True, hide_input_in_errors=True)

    id: Text = None
    key: Text = None
    name: Text = None


class Entity(Payload):
    """What an event is about. Of the members `shared` the event speaks once, beside its entities."""

    shared: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def of(cls, item: dict[str, object], payload: object) -> Self:
        """Return one of the payload's entities; never raises."""
        beside = payload if isinstance(payload, dict) else {}
        return cls.model_validate({name: beside.get(name) for name in cls.shared} | item)


class Robot(Entity):
    machine_id: Text = None
    machine_name: Text = None
    description: Text = None
    type: Text = None
    hosting_type: Text = None


class Process(Entity):
    """A release: a package version that a folder can run."""

    process_key: Text = None
    process_version: Text = None
    description: Text = None
    is_latest_version: Flag = None
    environment: Part[Payload] = Payload()


class Job(Entity):
    state: Text = None
    type: Text = None
    source: Text = None
    source_type: Text = None
    runtime_type: Text = None
    batch_execution_key: Text = None
    parent_job_key: Text = None
    release_name: Text = None
    host_machine_name: Text = None
    creation_time: Text = None
    start_time: Text = None
    resume_time: Text = None
    end_time: Text = None
    info: Text = None
    error_code: Text = None
    robot: Part[Robot] = Robot()
    machine: Part[Payload] = Payload()
    release: Part[Process] = Process()


class Queue(Entity):
    """A queue's definition."""

    description: Text = None
    max_number_of_retries: Number = None
    accept_automatically_retry: Flag = None
    enforce_unique_reference: Flag = None
    sla_in_minutes: Number = None
    risk_sla_in_minutes: Number = None


class ProcessingException(Payload):
    type: Text = None
    reason: Text = None
    timestamp: Text = None


class QueueItem(Entity):
    shared: ClassVar[tuple[str, ...]] = ("Queue",)

    status: Text = None
    review_status: Text = None
    reference: Text = None
    priority: Text = None
    queue_definition_id: Text = None
    creation_time: Text = None
    start_processing: Text = None
    end_processing: Text = None
    due_date: Text = None
    defer_date: Text = None
    retry_number: Number = None
    ancestor_id: Text = None
    executor_job_key: Text = None
    progress: Text = None
    processing_exception: Part[ProcessingException] = ProcessingException()
    robot: Part[Robot] = Robot()
    queue: Part[Queue] = Queue()


class Session(Entity):
    """A robot's connection, the subject of robot.status."""

    session_id: Text = None
    robot_id: Text = None
    machine_id: Text = None
    host_machine_name: Text = None
    state: Text = None
    is_unresponsive: Flag = None
    reporting_time: Text = None
    license_error_code: Text = None


class Schedule(Entity):
    """A time trigger."""

    shared: ClassVar[tuple[str, ...]] = ("Reason",)

    enabled: Flag = None
    reason: Text = None
    start_process_cron: Text = None
    time_zone_iana: Text = None
    environment_id: Text = None
    environment_name: Text = None
    external_job_key: Text = None
    release: Part[Process] = Process()


class Task(Entity):
    """An action for a person; in one reading of the documented task.saved two members stand beside the list."""

    shared: ClassVar[tuple[str, ...]] = ("AssignedToUserId", "Action")

    title: Text = None
    type: Text = None
    priority: Text = None
    status: Text = None
    action: Text = None
    task_catalog_name: Text = None
    organization_unit_id: Text = None
    assigned_to_user_id: Text = None
    forwarded_by_user_id: Text = None
    deleter_user_id: Text = None
    creation_time: Text = None
    deletion_time: Text = None


MODELS: dict[str, type[Entity]] = {
    "job": Job,
    "queueItem": QueueItem,
    "robot": Robot,
    "session": Session,
    "queue": Queue,
    "process": Process,
    "schedule": Schedule,
    "task": Task,
}


def models(event: Event) -> list[Entity]:
    """Return the event's entities in their order, as instances of their kind's model; never raises."""
    entity = entity_of(event.name)
    items = entities(event.name, event.payload)
    return [MODELS[entity.kind].of(item, event.payload) for item in items] if entity else []
