"""The lists a reconciler reads: what each is made from, and the members it has by API version.

Source: UiPath's published API definitions. Only members this Orchestrator can fill are here, plus a few that are
always null, so that asking for them is no error.
"""

import json
from dataclasses import dataclass
from typing import Any

from local.orchestrator.life.world import Record
from local.orchestrator.odata import Shape
from local.orchestrator.profile import Profile

_PLACE = "OrganizationUnitId OrganizationUnitFullyQualifiedName Id"
_STATES = ("Pending", "Running", "Stopping", "Terminating", "Faulted", "Successful", "Stopped", "Suspended", "Resumed")
_STATUSES = ("New", "InProgress", "Failed", "Successful", "Abandoned", "Retried", "Deleted")
_LISTED = ("InputArguments", "OutputArguments")  # told only of a single job


@dataclass(frozen=True)
class Resource:
    """One kind of list. `records` names the world's collection; a token needs one of the scopes."""

    type: str
    records: str
    members: str
    scopes: tuple[str, ...]
    expandable: str = ""
    enums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    needs_folder: bool = False

    def shape(self, profile: Profile) -> Shape:
        """Return what may be asked of the list in this version; QueueItems have pages of 100 since June 2024."""
        small = self.type == "QueueItemDto" and profile.api_version >= 18
        return Shape(
            self.type,
            frozenset(_known(self.members, profile.api_version)),
            frozenset(_known(self.expandable, profile.api_version)),
            dict(self.enums),
            100 if small else 1000,
            always_count=profile.counts_unasked,
        )

    def row(self, record: Record, profile: Profile, *, listed: bool) -> dict[str, Any]:
        """Return a record as the API shows it: every member, null where there is no value."""
        names = _known(self.members, profile.api_version)
        row = {name: record.get(name) for name in names}
        for name in _LISTED:
            if name in row:
                row[name] = None if listed or row[name] is None else _json(row[name])
        for name in _known(self.expandable, profile.api_version):
            row[name] = _inner(name, record.get(name))
        if "StartStrategy" in row:
            row["StartStrategy"] = 0  # a word in events
        if thrown := row.get("ProcessingException"):
            row["ProcessingException"] = _exception(thrown)
        return row


def _known(members: str, version: int) -> list[str]:
    words = (word.rpartition(":") for word in members.split())
    return [name for since, _, name in words if int(since or 0) <= version]


def _json(value: object) -> str:
    """The API gives as text what events give as objects."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _exception(thrown: Record) -> dict[str, Any]:
    """The API calls CreationTime what events call Timestamp."""
    renamed = {"Timestamp": "CreationTime"}
    return {renamed.get(name, name): value for name, value in thrown.items()}


_INNER: dict[str, str] = {
    "ReviewerUser": "Id UserName",
    "Robot": "Id Name MachineId MachineName Username Description Type HostingType",
    "Machine": "Id Name Key",
    "Release": "Id Key ProcessKey ProcessVersion Name Description IsLatestVersion",
}


def _inner(name: str, value: Record | None) -> dict[str, Any] | None:
    return None if value is None else {part: value.get(part) for part in _INNER[name].split() if part in value}


JOBS = Resource(
    "JobDto",
    "jobs",
    "Key StartTime EndTime State Source SourceType BatchExecutionKey Info CreationTime ReleaseName Type InputArguments"
    " OutputArguments HostMachineName RuntimeType 17:ResumeTime 17:LastModificationTime 20:ErrorCode 20:JobError "
    + _PLACE,
    ("OR.Jobs", "OR.Jobs.Read"),
    "Robot Release 12:Machine",
    (("State", _STATES),),
)
QUEUE_ITEMS = Resource(
    "QueueItemDto",
    "items",
    "QueueDefinitionId ProcessingException SpecificContent Output Status ReviewStatus ReviewerUserId Key Reference"
    " ProcessingExceptionType DueDate Priority DeferDate StartProcessing EndProcessing SecondsInPreviousAttempts"
    " AncestorId RetryNumber CreationTime Progress 18:ExecutorJobKey " + _PLACE,
    ("OR.Queues", "OR.Queues.Read"),
    "Robot ReviewerUser",
    (("Status", _STATUSES),),
)
SESSIONS = Resource(
    "SessionDto",
    "sessions",
    "HostMachineName MachineId MachineName State ReportingTime Info IsUnresponsive LicenseErrorCode OrganizationUnitId"
    " FolderName Id",
    ("OR.Robots", "OR.Robots.Read"),
    "Robot",
    needs_folder=True,
)
TASKS = Resource(
    "TaskDto",
    "tasks",
    "Status Title Type Priority AssignedToUserId OrganizationUnitId TaskCatalogName IsCompleted LastModificationTime"
    " CreationTime CreatorUserId 15:Action 15:CompletionTime 15:IsDeleted 15:DeleterUserId 15:DeletionTime"
    " 15:LastAssignedTime 18:Key Id",
    ("OR.Tasks", "OR.Tasks.Read"),
)
RELEASES = Resource(
    "ReleaseDto",
    "releases",
    "Key ProcessKey ProcessVersion IsLatestVersion Description Name CreationTime 15:LastModificationTime " + _PLACE,
    ("OR.Execution", "OR.Execution.Read"),
)
QUEUES = Resource(
    "QueueDefinitionDto",
    "queues",
    "15:Key Name Description MaxNumberOfRetries AcceptAutomaticallyRetry EnforceUniqueReference SlaInMinutes"
    " RiskSlaInMinutes CreationTime 15:FoldersCount " + _PLACE,
    ("OR.Queues", "OR.Queues.Read"),
)
ROBOTS = Resource(
    "RobotDto",
    "robots",
    "MachineId MachineName Name Username Description Type HostingType 15:CreationTime 15:LastModificationTime Id",
    ("OR.Robots", "OR.Robots.Read"),
)
SCHEDULES = Resource(
    "ProcessScheduleDto",
    "schedules",
    "15:Key Enabled Name ReleaseId ReleaseKey ReleaseName StartProcessCron StartStrategy TimeZoneId TimeZoneIana"
    " UseCalendar EnvironmentId EnvironmentName Id",
    ("OR.Jobs", "OR.Jobs.Read"),
)
FOLDERS = Resource(
    "FolderDto",
    "folders",
    "Key DisplayName FullyQualifiedName ProvisionType PermissionModel FeedType 16:FolderType Id",
    ("OR.Folders", "OR.Folders.Read"),
)
_CALLED = "UiPath.Server.Configuration.OData"
ROUTES: dict[tuple[str, ...], Resource] = {
    ("Jobs",): JOBS,
    ("QueueItems",): QUEUE_ITEMS,
    ("Sessions",): SESSIONS,
    ("Sessions", f"{_CALLED}.GetGlobalSessions"): SESSIONS,
    ("Tasks", f"{_CALLED}.GetTasksAcrossFolders"): TASKS,
    ("Releases",): RELEASES,
    ("QueueDefinitions",): QUEUES,
    ("Robots",): ROBOTS,
    ("ProcessSchedules",): SCHEDULES,
    ("Folders",): FOLDERS,
}
SINGLE = {"Jobs": JOBS, "QueueItems": QUEUE_ITEMS, "Releases": RELEASES, "Tasks": TASKS}
