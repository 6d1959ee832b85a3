"""Jobs: which process, on which robot and machine, when, and the first line of what it said."""

from relay.event import Event
from relay.notify.facts import Item, Telling
from relay.notify.groups.words import Problem, title, where, whole
from relay.notify.text import block, first_line, moment, one_line
from relay.orchestrator import payloads
from relay.orchestrator.links import job_link
from relay.orchestrator.payloads import Part
from relay.times import utc7


class _Job(payloads.Job):
    error: Part[Problem] = Problem()


def describe(event: Event, item: Item, base_url: str | None) -> Telling:
    """Tell of one job."""
    job = _Job.of(item, event.payload)
    process = one_line(job.release_name or job.release.name or job.release.process_key)
    return Telling(
        name=one_line(job.key),
        title=title(event.name, process),
        reason=first_line(job.info) or first_line(job.error.title),
        text=block(job.info) or whole(block(job.error.title), block(job.error.detail)),
        lines=(
            ("Process", process),
            ("Robot", one_line(job.robot.name)),
            ("Machine", one_line(job.robot.machine_name or job.machine.name or job.host_machine_name)),
            ("Started", moment(job.start_time)),
            ("Resumed", moment(job.resume_time)),
            ("Ended", moment(job.end_time)),
            ("Error code", one_line(job.error_code or job.error.code)),
            *where(event),
            ("Job", one_line(job.key)),
        ),
        changed=_changed(event, job),
        process=process,
        link=job_link(base_url, one_line(job.key), event.folderid),
    )


def _changed(event: Event, job: _Job) -> str | None:
    times = {
        "job.created": job.creation_time,
        "job.started": job.resume_time if utc7(job.resume_time) else job.start_time,  # which a job that goes on keeps
        "job.resumed": job.resume_time,
        "job.completed": job.end_time,
        "job.faulted": job.end_time,
        "job.stopped": job.end_time,
    }
    return utc7(times.get(event.name))
