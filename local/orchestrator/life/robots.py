"""Robots and their sessions: they connect, work, fall silent and come back."""

from functools import partial

from local.orchestrator.life.definitions import ADMIN, placed
from local.orchestrator.life.stage import Stage
from local.orchestrator.life.world import Record

ROBOTS = 8


def found(life: Stage) -> None:
    for place in range(ROBOTS):
        life.after(40 + place, partial(_create, life, f"robot-{place + 1}"))


def _create(life: Stage, name: str) -> Record:
    made, number = life.number(), life.number()
    machine = life.world.machines[made] = {"Id": made, "Name": f"PC-{name.upper()}", "Key": life.key()}
    folders = life.random.sample(list(life.world.folders.values()), 2)
    robot = {
        "Id": number,
        "Key": life.key(),
        "Name": name,
        "MachineId": machine["Id"],
        "MachineName": machine["Name"],
        "Description": "runs at night",
        "UserName": f"acme\\{name}",
        "Username": f"acme\\{name}",
        "Type": "Unattended",
        "HostingType": "Standard",
        "Environments": [],
        "CreationTime": life.now(),
        "_folders": (),
    }
    life.world.robots[number] = robot
    life.tell("robot.created", "robot", [robot], user=ADMIN, Robots=[life.element("robot", robot)])
    session = {
        "Id": number + 1_000_000,
        "SessionId": number + 1_000_000,
        "RobotId": number,
        "MachineId": machine["Id"],
        "MachineName": machine["Name"],
        "HostMachineName": machine["Name"],
        "IsUnresponsive": False,
        "FolderName": folders[0]["DisplayName"],
        "Robot": robot,
        "Machine": machine,
        **placed(*folders),
    }
    life.world.sessions[session["Id"]] = session
    report(life, session, "Available")
    return robot


def report(life: Stage, session: Record, state: str, *, silent: bool = False) -> None:
    """Let a session say what state it is in."""
    session |= {"State": state, "ReportingTime": life.now(), "IsUnresponsive": silent}
    life.tell("robot.status", "session", [session], Sessions=[life.element("session", session)])


def idle(life: Stage) -> Record | None:
    """Return a session that could run a job."""
    free = [
        session
        for session in life.world.sessions.values()
        if session["State"] == "Available" and not session["IsUnresponsive"]
    ]
    return life.random.choice(free) if free else None


def falter(life: Stage) -> None:
    """An idle robot falls silent, or its machine is switched off; most come back within the hour."""
    session = idle(life)
    if session is None:
        return
    report(life, session, *(("Disconnected",) if life.chance(0.5) else ("Available",)), silent=True)
    if life.chance(0.95):
        life.after(life.between(60, 3600), partial(_return, life, session))


def _return(life: Stage, session: Record) -> None:
    if not session["Robot"].get("_deleted"):
        report(life, session, "Available")


def change(life: Stage) -> None:
    """A robot is described anew, or a spare one is made and deleted."""
    robots = [robot for robot in life.world.robots.values() if not robot.get("_deleted")]
    robot = life.random.choice(robots)
    robot["Description"] = f"looked after since {life.now()}"
    life.tell("robot.updated", "robot", [robot], user=ADMIN, Robots=[life.element("robot", robot)])
    if len(robots) > 2 and life.chance(0.4):
        _delete(life)


def _delete(life: Stage) -> None:
    session = idle(life)
    if session is None:
        return
    report(life, session, "Disconnected", silent=True)
    robot = session["Robot"]
    robot["_deleted"] = True
    life.tell("robot.deleted", "robot", [robot], user=ADMIN, Robots=[life.element("robot", robot)])
