"""Which event types each API version offers to subscribers.

Source: the event definitions of UiPath's published API definitions by version. That a type is defined there does not
prove that it can be subscribed to; this Orchestrator offers them all, `ping` and `custom` excepted, which the API
guide's answer to GetEventTypes does not list either.
"""

_SINCE = {
    11: (
        "process.created process.updated process.deleted schedule.failed robot.created robot.updated robot.deleted"
        " robot.status job.created job.started job.completed job.faulted job.stopped job.suspended queue.created"
        " queue.updated queue.deleted queueItem.added queueItem.transactionStarted queueItem.transactionCompleted"
        " queueItem.transactionFailed queueItem.transactionAbandoned task.created task.completed"
        " task.assignmentChanged task.saved task.forwarded"
    ),
    15: "task.deleted",
    16: "job.resumed job.stopping job.terminating",
    17: "alert.subscribed alert.unsubscribed",
    18: "task.updated task.sla.evaluate task.sla.update deploymentsetting.updated blobfile.uploaded blobfile.deleted",
    20: (
        "queueItem.retried queueItem.updated queueItem.deferred queueItem.deleted queueItem.reviewStatusChanged"
        " stc.task.update"
    ),
}


def offered(version: int) -> tuple[str, ...]:
    """Return the event types a webhook of this API version can subscribe to."""
    return tuple(name for since, names in _SINCE.items() if since <= version for name in names.split())


def spelled(name: str, version: int) -> str | None:
    """Return an offered type in the server's spelling, None where it is not offered; case does not matter."""
    return {offer.lower(): offer for offer in offered(version)}.get(name.lower())
