"""Queue items: added in batches, worked on by robots, retried, deferred, reviewed, left behind."""

from functools import partial
from typing import Any

from local.orchestrator.life.clock import SECOND
from local.orchestrator.life.jobs import PEOPLE
from local.orchestrator.life.stage import Stage
from local.orchestrator.life.world import Record

IN_PROGRESS_AT_MOST = 24 * 3600  # then Orchestrator abandons an item (UiPath, "Queue item statuses")


def add(life: Stage) -> None:
    """Add one to eight items to a queue, and see to each of them."""
    queues = [queue for queue in life.world.queues.values() if not queue.get("_unused")]
    queue = life.random.choice(queues)
    made = [_item(life, queue) for _ in range(life.random.choice((1, 1, 2, 4, 8)))]
    user = life.random.choice(PEOPLE) if life.chance(0.5) else None
    _tell_all(life, "queueItem.added", made, user)
    for item in made:
        life.after(life.between(5, 1800), partial(_see_to, life, item))


def leave_behind(life: Stage) -> None:
    """Some items are begun in the first minutes by a robot that dies: they are abandoned together a day later."""
    queue = next(iter(life.world.queues.values()))
    left = [_item(life, queue) for _ in range(3)]
    _tell_all(life, "queueItem.added", left, PEOPLE[0])
    for place, item in enumerate(left):
        life.after(1 + place, partial(_start, life, item))

    def abandon() -> None:
        for item in left:
            item |= {"Status": "Abandoned", "EndProcessing": life.now()}
        _tell_all(life, "queueItem.transactionAbandoned", left)

    life.after(IN_PROGRESS_AT_MOST + 5, abandon)


def _item(life: Stage, queue: Record, before: Record | None = None) -> Record:
    """Make an item, or the next try of one."""
    number = life.number()
    item = {
        "Id": number,
        "Key": life.key(),
        "QueueDefinitionId": queue["Id"],
        "Status": "New",
        "ReviewStatus": "None",
        "Reference": f"INV-{number}",
        "Priority": life.random.choice(("High", "Normal", "Low")),
        "CreationTime": life.now(),
        "SecondsInPreviousAttempts": 0,
        "RetryNumber": 0,
        "SpecificContent": {"customer": "Müller & Søn", "amount": life.random.randrange(10_000)},
        **{name: queue[name] for name in ("OrganizationUnitId", "OrganizationUnitFullyQualifiedName")},
        "_folders": queue["_folders"],
        "_told_in": queue["_told_in"],
        "_queue": queue,
    }
    if before is not None:
        kept = {name: before[name] for name in ("Reference", "Priority", "SpecificContent")}
        item |= {**kept, "AncestorId": before["Id"], "RetryNumber": before["RetryNumber"] + 1}
    life.world.items[number] = item
    return item


def _see_to(life: Stage, item: Record) -> None:
    """Some new items are put off, changed or deleted before anybody begins with them; where that is told of."""
    what = life.random.choices(("start", "defer", "update", "delete"), (88, 5, 5, 2))[0]
    if what == "start" or not life.offers("queueItem.deferred"):
        _start(life, item)
        return
    user = life.random.choice(PEOPLE)
    if what == "delete":
        item |= {"Status": "Deleted", "_deleted": True}
        _tell_all(life, "queueItem.deleted", [item], user)
    elif what == "defer":
        item["DeferDate"] = life.clock.text(life.clock.ticks + 3600 * SECOND)
        _tell_one(life, "queueItem.deferred", item, user)
        life.after(3601, partial(_start, life, item))
    else:
        item["Priority"] = "High"
        _tell_all(life, "queueItem.updated", [item], user)
        life.after(life.between(5, 600), partial(_start, life, item))


def _start(life: Stage, item: Record) -> None:
    robots = [robot for robot in life.world.robots.values() if not robot.get("_deleted")]
    running = [job for job in life.world.jobs.values() if job["State"] == "Running"]
    item |= {"Status": "InProgress", "StartProcessing": life.now(), "Robot": life.random.choice(robots)}
    if running:
        item["ExecutorJobKey"] = life.random.choice(running)["Key"]
    _tell_one(life, "queueItem.transactionStarted", item)
    if item["_queue"]["Name"] != "invoices" or life.clock.ticks > 600 * SECOND:
        life.after(life.between(3, 900), partial(_end, life, item))


def _end(life: Stage, item: Record) -> None:
    item["EndProcessing"] = life.now()
    if life.chance(0.82):
        item |= {"Status": "Successful", "Output": {"booked": True}}
        _tell_one(life, "queueItem.transactionCompleted", item)
        return
    kind = "BusinessException" if life.chance(0.5) else "ApplicationException"
    reason = "unknown customer" if kind == "BusinessException" else "no answer from the ledger"
    thrown = {"Reason": reason, "Details": f"{reason}\r\n   at Post()", "Type": kind, "Timestamp": life.now()}
    item |= {"Status": "Failed", "ProcessingException": thrown, "ProcessingExceptionType": kind}
    _tell_one(life, "queueItem.transactionFailed", item)
    if kind == "ApplicationException" and item["RetryNumber"] < item["_queue"]["MaxNumberOfRetries"]:
        life.after(1, partial(_retry, life, item))
    elif life.offers("queueItem.reviewStatusChanged") and life.chance(0.3):
        life.after(life.between(60, 7200), partial(_review, life, item))


def _retry(life: Stage, item: Record) -> None:
    """The failed item becomes Retried and a new one takes its place; one event tells of both."""
    item["Status"] = "Retried"
    again = _item(life, item["_queue"], item)
    _tell_all(life, "queueItem.retried", [item, again])
    life.after(life.between(5, 600), partial(_start, life, again))


def _review(life: Stage, item: Record) -> None:
    item["ReviewStatus"] = "InReview" if item["ReviewStatus"] == "None" else "Verified"
    _tell_all(life, "queueItem.reviewStatusChanged", [item], life.random.choice(PEOPLE))


def _tell_one(life: Stage, event_type: str, item: Record, user: int | None = None) -> None:
    told: dict[str, Any] = {"QueueItem": life.element("queueItem", item)}
    life.tell(event_type, "queueItem", [item], user=user, **told, Queue=life.element("queue", item["_queue"]))


def _tell_all(life: Stage, event_type: str, items: list[Record], user: int | None = None) -> None:
    queue = life.element("queue", items[0]["_queue"])
    told = [life.element("queueItem", item) for item in items]
    life.tell(event_type, "queueItem", items, user=user, Queue=queue, QueueItems=told)
