"""Tasks: people take them, save half of them, hand them on, complete or delete them."""

from functools import partial

from local.orchestrator.life.jobs import PEOPLE
from local.orchestrator.life.payloads import task as told_of
from local.orchestrator.life.stage import Stage
from local.orchestrator.life.world import Record


def create(life: Stage) -> None:
    """Make a task, for nobody yet or for somebody already."""
    number, folder = life.number(), life.random.choice(list(life.world.folders.values()))
    task = {
        "Id": number,
        "Key": life.key(),
        "Title": f'Check invoice {number % 1000}: "Größe"',
        "Type": "FormTask",
        "Priority": life.random.choice(("Low", "Medium", "High", "Critical")),
        "Status": "Unassigned",
        "CreationTime": life.now(),
        "TaskCatalogName": "invoices",
        "IsDeleted": False,
        "IsCompleted": False,
        "OrganizationUnitId": folder["Id"],
        "_folders": (folder["Id"],),
        "_told_in": (folder["Id"],),
        "CreatorUserId": 1,
    }
    if life.chance(0.3):
        task |= {"Status": "Pending", "AssignedToUserId": life.random.choice(PEOPLE)}
    life.world.tasks[number] = task
    _tell(life, "task.created", task)
    life.after(life.between(30, 3600), partial(_go_on, life, task))


def _go_on(life: Stage, task: Record) -> None:
    """What the person who has it does with it, until it is done; some are never looked at."""
    if life.chance(0.08):
        return
    if task["Status"] == "Unassigned":
        task |= {"Status": "Pending", "AssignedToUserId": life.random.choice(PEOPLE), "LastAssignedTime": life.now()}
        _tell(life, "task.assignmentChanged", task, PEOPLE[0])
    else:
        what = life.random.choices(("save", "forward", "complete", "delete"), (20, 15, 60, 5))[0]
        if what in ("complete", "delete"):
            _finish(life, task, what)
            return
        _hand_on(life, task, what)
    life.after(life.between(20, 5400), partial(_go_on, life, task))


def _hand_on(life: Stage, task: Record, what: str) -> None:
    person = task["AssignedToUserId"]
    if what == "forward":
        others = [other for other in PEOPLE if other != person]
        task |= {"ForwardedByUserId": person, "AssignedToUserId": life.random.choice(others)}
    _tell(life, "task.forwarded" if what == "forward" else "task.saved", task, person)


def _finish(life: Stage, task: Record, what: str) -> None:
    person = task["AssignedToUserId"]
    if what == "delete" and life.offers("task.deleted"):
        task |= {"IsDeleted": True, "_deleted": True, "DeleterUserId": person, "DeletionTime": life.now()}
        _tell(life, "task.deleted", task, person)
        return
    action = life.random.choice(("approve", "reject"))
    task |= {"Status": "Completed", "IsCompleted": True, "Action": action, "CompletionTime": life.now()}
    _tell(life, "task.completed", task, person)


def _tell(life: Stage, event_type: str, task: Record, user: int | None = None) -> None:
    life.tell(event_type, "task", [task], user=user, Tasks=[told_of(event_type, task, life.version)])
