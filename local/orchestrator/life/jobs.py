"""Jobs: asked for by people, schedules and robots; they run, wait, end well or not."""

from functools import partial

from local.orchestrator.life import robots
from local.orchestrator.life.stage import Stage
from local.orchestrator.life.world import Record

PEOPLE = (4947, 4948, 25450)
FAULT = "This workflow always fails\r\n\r\nSystem.InvalidOperationException: no such invoice\n   at Rückruf.Execute()"
SOURCES = {"Manual": ("Manual", 5), "Schedule": ("Schedule", 4), "Robot": ("Agent", 2)}


def create(life: Stage) -> None:
    """One to three jobs of a process are made; nothing is told of those a robot triggers."""
    releases = [release for release in life.world.releases.values() if not release.get("_unused")]
    release = life.random.choice(releases)
    source = life.random.choices(list(SOURCES), [weight for _, weight in SOURCES.values()])[0]
    user = life.random.choice(PEOPLE) if source == "Manual" else None
    batch, number = life.key(), 1 if life.chance(0.8) else life.random.randint(2, 3)
    made = [_job(life, release, source, batch) for _ in range(number)]
    if source != "Robot":
        start = {"ReleaseKey": release["Key"], "Strategy": "ModernJobsCount", "RobotIds": [], "JobsCount": number}
        told = [life.element("created", job) for job in made]
        life.tell("job.created", "job", made, user=user, StartInfo={**start, "Source": source}, Jobs=told)
    for job in made:
        life.after(life.between(1, 40), partial(_start, life, job))
    if len(made) > 1 and life.chance(0.2):
        life.after(0.5, partial(_stop_pending, life, made))


def _job(life: Stage, release: Record, source: str, batch: str) -> Record:
    job = {
        "Id": life.number(),
        "Key": life.key(),
        "State": "Pending",
        "Source": source,
        "Type": "Unattended",
        "SourceType": SOURCES[source][0],
        "BatchExecutionKey": batch,
        "ReleaseName": release["Name"],
        "Release": dict(release),
        "CreationTime": life.now(),
        "LastModificationTime": life.now(),
        "RuntimeType": "Unattended",
        "OrganizationUnitId": release["OrganizationUnitId"],
        "_folders": release["_folders"],
        "OrganizationUnitFullyQualifiedName": release["OrganizationUnitFullyQualifiedName"],
        "_told_in": release["_folders"],
    }
    life.world.jobs[job["Id"]] = job
    return job


def _start(life: Stage, job: Record) -> None:
    """Start on an idle robot, or ask again later."""
    if job["State"] not in ("Pending", "Resumed"):
        return
    session = robots.idle(life)
    if session is None:
        life.after(life.between(30, 180), partial(_start, life, job))
        return
    job |= {"State": "Running", "Info": "Job started processing", "HostMachineName": session["HostMachineName"]}
    job |= {"StartTime": job.get("StartTime") or life.now(), "Robot": session["Robot"], "Machine": session["Machine"]}
    job["_session"] = session
    robots.report(life, session, "Busy")
    _tell(life, "job.started", job)
    life.after(life.between(20, 1500), partial(_go_on, life, job))


def _go_on(life: Stage, job: Record) -> None:
    """Whatever a running job comes to."""
    what = life.random.choices(("complete", "fault", "stop", "kill", "suspend"), (78, 10, 4, 2, 6))[0]
    if what == "complete":
        _end(life, job, "Successful", "Job completed")
    elif what == "fault":
        error = {"code": "Robot.InvalidOperation", "title": "no such invoice", "category": "User"}
        job |= {"ErrorCode": error["code"], "Error": error, "JobError": error}
        _end(life, job, "Faulted", FAULT)
    elif what == "suspend":
        _suspend(life, job)
    else:
        _stop(life, job, "Stopping" if what == "stop" else "Terminating")


def _suspend(life: Stage, job: Record) -> None:
    job |= {"State": "Suspended", "Info": "Job suspended, waits for a task"}
    _release_robot(life, job)
    _tell(life, "job.suspended", job)
    if life.chance(0.8):
        life.after(life.between(60, 3600), partial(_resume, life, job))


def _resume(life: Stage, job: Record) -> None:
    """Where the resumption itself is not told of, it is the next start that is."""
    job["ResumeTime"] = life.now()
    job["State"] = "Resumed" if life.offers("job.resumed") else job["State"]
    if job["State"] == "Resumed":
        _tell(life, "job.resumed", job)
        life.after(life.between(1, 30), partial(_start, life, job))
    else:
        _start_again(life, job)


def _start_again(life: Stage, job: Record) -> None:
    session = robots.idle(life)
    if session is None:
        life.after(life.between(30, 180), partial(_start_again, life, job))
        return
    job["State"] = "Resumed"
    _start(life, job)


def _stop(life: Stage, job: Record, state: str) -> None:
    event_type = f"job.{state.lower()}"
    if life.offers(event_type):
        job |= {"State": state, "Info": "A stop was requested"}
        _tell(life, event_type, job, life.random.choice(PEOPLE))
        life.after(life.between(2, 60), partial(_stopped, life, [job]))
    else:
        _stopped(life, [job])


def _stop_pending(life: Stage, jobs: list[Record]) -> None:
    if all(job["State"] == "Pending" for job in jobs):
        _stopped(life, jobs)


def _stopped(life: Stage, jobs: list[Record]) -> None:
    """One event tells of all jobs that were stopped together."""
    for job in jobs:
        job |= {"State": "Stopped", "EndTime": life.now(), "Info": "Job stopped"}
        _release_robot(life, job)
    told = [life.element("job", job) for job in jobs]
    life.tell("job.stopped", "job", jobs, user=life.random.choice(PEOPLE), Jobs=told)


def _end(life: Stage, job: Record, state: str, info: str) -> None:
    job |= {"State": state, "EndTime": life.now(), "Info": info}
    job["OutputArguments"] = {"sum": life.random.randrange(1000)} if state == "Successful" else {}
    _release_robot(life, job)
    _tell(life, "job.completed" if state == "Successful" else "job.faulted", job)


def _release_robot(life: Stage, job: Record) -> None:
    session = job.pop("_session", None)
    if session is not None:
        robots.report(life, session, "Available")


def _tell(life: Stage, event_type: str, job: Record, user: int | None = None) -> None:
    life.tell(event_type, "job", [job], user=user, Job=life.element("job", job))
