"""What is defined in the tenant: folders, processes, queues, schedules."""

from functools import partial

from local.orchestrator.life.stage import Stage
from local.orchestrator.life.world import Record

FOLDERS = ("Finance", "Finance/Invoices", "People", "Logistics", "Sales", "Shared")
PROCESSES = ("PostInvoices", "ReadMail", "CloseMonth", "HireSomebody", "TrackParcels", "QuoteOffers", "Reconcile")
QUEUES = (("invoices", 2), ("mails", 1), ("parcels", 3), ("offers", 1), ("candidates", 1))  # and in how many folders
ADMIN = 2


def found(life: Stage) -> None:
    """Make folders, and soon after the rest with its events."""
    for number, path in enumerate(FOLDERS, 101):
        life.world.folders[number] = {
            "Id": number,
            "Key": life.key(),
            "DisplayName": path.split("/")[-1],
            "FullyQualifiedName": path,
            "ProvisionType": "Automatic",
            "PermissionModel": "FineGrained",
            "FolderType": "Standard",
            "FeedType": "Processes",
        }
    for place, name in enumerate(PROCESSES):
        life.after(1 + place, partial(_release, life, name))
    for place, (name, shared) in enumerate(QUEUES):
        life.after(20 + place, partial(_queue, life, name, shared))
    for place in range(3):
        life.after(30 + place, partial(_schedule, life))


def _release(life: Stage, name: str) -> Record:
    folder = life.random.choice(list(life.world.folders.values()))
    release = {
        "Id": life.number(),
        "Key": life.key(),
        "ProcessKey": name,
        "ProcessVersion": "1.0.1",
        "Name": name,
        "Description": f"{name}, für alle",
        "IsLatestVersion": True,
        "CreationTime": life.now(),
        **placed(folder),
    }
    life.world.releases[release["Id"]] = release
    life.tell("process.created", "process", [release], user=ADMIN, Releases=[life.element("process", release)])
    return release


def _queue(life: Stage, name: str, shared: int) -> Record:
    folders = life.random.sample(list(life.world.folders.values()), shared)
    retries = 2 if life.offers("queueItem.retried") else 0  # a retry is told of by that event alone
    queue = {
        "Id": life.number(),
        "Key": life.key(),
        "Name": name,
        "Description": f"the {name}",
        "MaxNumberOfRetries": retries,
        "AcceptAutomaticallyRetry": retries > 0,
        "EnforceUniqueReference": False,
        "SlaInMinutes": 1500,
        "RiskSlaInMinutes": 1140,
        "CreationTime": life.now(),
        "FoldersCount": shared,
        **placed(*folders),
        "_told_in": tuple(folder["Id"] for folder in folders),
    }
    life.world.queues[queue["Id"]] = queue
    life.tell("queue.created", "queue", [queue], user=ADMIN, Queues=[life.element("queue", queue)])
    return queue


def _schedule(life: Stage) -> None:
    release = life.random.choice(list(life.world.releases.values()))
    number = life.number()
    life.world.schedules[number] = {
        "Id": number,
        "Key": life.key(),
        "Name": f"every hour {release['Name']}",
        "Enabled": True,
        "ReleaseId": release["Id"],
        "ReleaseKey": release["Key"],
        "ReleaseName": release["Name"],
        "EnvironmentId": "1",
        "EnvironmentName": "",
        "StartProcessCron": "0 0 * * * ? *",
        "UseCalendar": False,
        "StartStrategy": "Specific",
        "TimeZoneId": "UTC",
        "TimeZoneIana": "Etc/UTC",
        "ExecutorRobots": [],
        "Release": release,
        "_folders": release["_folders"],
        "_told_in": release["_folders"],
    }


def fail_schedule(life: Stage) -> None:
    schedule = life.random.choice(list(life.world.schedules.values()))
    schedule["Reason"] = "The robots already have pending jobs for this Process"
    told = life.element("schedule", schedule)
    life.tell("schedule.failed", "schedule", [schedule], ProcessSchedule=told, Reason=schedule["Reason"])


def change_release(life: Stage) -> None:
    release = life.random.choice([release for release in life.world.releases.values() if not release.get("_deleted")])
    *head, last = release["ProcessVersion"].split(".")
    release["ProcessVersion"] = ".".join((*head, str(int(last) + 1)))
    life.tell("process.updated", "process", [release], user=ADMIN, Releases=[life.element("process", release)])


def change_queue(life: Stage) -> None:
    queue = life.random.choice([queue for queue in life.world.queues.values() if not queue.get("_deleted")])
    queue["SlaInMinutes"] += 15
    life.tell("queue.updated", "queue", [queue], user=ADMIN, Queues=[life.element("queue", queue)])


def come_and_go(life: Stage) -> None:
    """A process and a queue that nobody uses are made and deleted again."""
    release, queue = _release(life, f"Trial{life.random.randrange(1000)}"), _queue(life, "trial", 1)
    release["_unused"] = queue["_unused"] = True

    def go() -> None:
        release["_deleted"] = queue["_deleted"] = True
        life.tell("process.deleted", "process", [release], user=ADMIN, Releases=[life.element("process", release)])
        life.tell("queue.deleted", "queue", [queue], user=ADMIN, Queues=[life.element("queue", queue)])

    life.after(life.between(600, 7200), go)


def placed(*folders: Record) -> Record:
    """Say where something is."""
    first = folders[0]
    where = {"OrganizationUnitId": first["Id"], "OrganizationUnitFullyQualifiedName": first["FullyQualifiedName"]}
    return {**where, "_folders": tuple(folder["Id"] for folder in folders)}
