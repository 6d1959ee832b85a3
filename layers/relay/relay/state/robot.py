"""Robots, which are defined and deleted, and their sessions, which connect, work and go silent.

Source: UiPath, "Types of events"; session states from the API's SessionEventData.
"""

from operator import attrgetter

from relay.orchestrator.payloads import Session
from relay.state.kind import DELETED, Kind, Step

ROBOT = Kind(
    name="robot",
    steps={
        "robot.created": Step(0, "Present"),
        "robot.updated": Step(1, "Present"),
        "robot.deleted": Step(2, "Deleted"),
    },
    fields=(
        "id",
        "key",
        "name",
        "machine_id",
        "machine_name",
        "description",
        "type",
        "hosting_type",
    ),
    absorbing={"Deleted": DELETED},
    settled=frozenset(("Deleted",)),
)


def _status(session: Session) -> str | None:
    unresponsive = session.is_unresponsive and session.state != "Disconnected"
    return "Unresponsive" if unresponsive else session.state


SESSION = Kind(
    name="session",
    steps={"robot.status": Step(0, clears=("license_error_code",))},
    fields=(
        "session_id",
        "robot_id",
        "machine_id",
        "host_machine_name",
        "is_unresponsive",
        "reporting_time",
        "license_error_code",
    ),
    asked_for=frozenset(("Disconnected", "Unresponsive")),
    reported=attrgetter("state"),
    status=_status,
)
