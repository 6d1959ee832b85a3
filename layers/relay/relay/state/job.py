"""Jobs. What has ended never starts again: a restart is a new job.

Source: UiPath, "Types of events" and "Job states". The documented job.suspended says `State: Successful`.
"""

from operator import attrgetter

from relay.state.kind import ENDED, Kind, Step

_ENDED = ("Stopped", "Successful", "Faulted")

JOB = Kind(
    name="job",
    steps={
        "job.created": Step(0, "Pending"),
        "job.started": Step(1, "Running"),
        "job.suspended": Step(2, "Suspended"),
        "job.resumed": Step(3, "Resumed"),
        "job.stopping": Step(4, "Stopping"),
        "job.terminating": Step(5, "Terminating"),
        "job.stopped": Step(6, "Stopped"),
        "job.completed": Step(7, "Successful"),
        "job.faulted": Step(8, "Faulted"),
    },
    fields=(
        "id",
        "type",
        "source_type",
        "runtime_type",
        "creation_time",
        "start_time",
        "resume_time",
        "end_time",
        "info",
        "error_code",
        "parent_job_key",
        "host_machine_name",
        "robot.name",
        "robot.machine_name",
        "machine.name",
        "release.id",
        "release.name",
        "release.process_key",
    ),
    absorbing=dict.fromkeys(_ENDED, ENDED),
    settled=frozenset(_ENDED),
    asked_for=frozenset(("Faulted", "Stopped", "Suspended")),
    reported=attrgetter("state"),
)
