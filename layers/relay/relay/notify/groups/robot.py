"""Robots and their sessions: which one, on which machine, in which state."""

from relay.event import Event
from relay.notify.facts import Item, Telling
from relay.notify.groups.words import title, where
from relay.notify.text import moment, one_line
from relay.orchestrator.payloads import Robot, Session
from relay.times import utc7


def describe(event: Event, item: Item, base_url: str | None) -> Telling:  # noqa: ARG001 - no link form is known
    """Tell of one robot, or of one session of a robot (robot.status)."""
    if event.name == "robot.status":
        return _session(event, Session.of(item, event.payload))
    return _robot(event, Robot.of(item, event.payload))


def _session(event: Event, session: Session) -> Telling:
    robot, machine, state = (one_line(text) for text in (session.robot_id, session.host_machine_name, session.state))
    reported = utc7(session.reporting_time)
    condition = "unresponsive" if session.is_unresponsive else (state or "").lower()
    return Telling(
        name=" · ".join(filter(None, (condition, machine or robot))),
        title=title(f"robot.{condition or 'status'}", machine or robot),
        lines=(
            ("Robot id", robot),
            ("Machine", machine),
            ("State", state),
            ("Responding", "no" if session.is_unresponsive else None),
            ("Reported", moment(session.reporting_time)),
            ("Licence error", one_line(session.license_error_code)),
            *where(event),
            ("Session", one_line(session.session_id)),
        ),
        # A session that fell silent may still bear the time of its last word: that alone would hide the change.
        changed=f"{reported}/{condition}" if reported else None,
    )


def _robot(event: Event, robot: Robot) -> Telling:
    name = one_line(robot.name)
    return Telling(
        name=name,
        title=title(event.name, name),
        lines=(
            ("Robot", name),
            ("Machine", one_line(robot.machine_name)),
            ("Kind", one_line(robot.type)),
            *where(event),
            ("Robot id", one_line(robot.id)),
        ),
    )
