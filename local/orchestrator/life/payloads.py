"""How events speak of entities: the elements of UiPath's "Types of events", with the members each API version has.

What is absent is left out, but for the arguments of jobs, which are null.
"""

from collections.abc import Mapping
from typing import Any

from local.orchestrator.life.world import Record

_SIMPLE_JOB = (
    "Id Key State StartTime EndTime Info OutputArguments Robot/Id,Name,MachineName"
    " Release/Id,Key,ProcessKey ResumeTime 15:CreationTime 15:Machine/Id,Name 16:Type 16:SourceType 16:RuntimeType"
    " 16:Release/Name 20:ErrorCode 20:Error"
)
_CREATED_JOB = (
    "Id Key State Source SourceType BatchExecutionKey ReleaseName Type 15:CreationTime"
    " Release/Id,Key,ProcessKey,ProcessVersion,Name,Description,IsLatestVersion InputArguments OutputArguments"
)
_TASK = (
    "Title Type Priority Status CreationTime TaskCatalogName Id OrganizationUnitId AssignedToUserId Action"
    " ForwardedByUserId DeleterUserId DeletionTime 20:Key"
)
_ELEMENTS = {
    "job": _SIMPLE_JOB,
    "created": _CREATED_JOB,
    "robot": "Id 15:Key Name MachineId MachineName Description UserName Type HostingType Environments",
    "session": "SessionId RobotId HostMachineName State ReportingTime IsUnresponsive LicenseErrorCode 15:MachineId",
    "queue": (
        "Id 15:Key Name Description MaxNumberOfRetries AcceptAutomaticallyRetry EnforceUniqueReference SlaInMinutes"
        " RiskSlaInMinutes"
    ),
    "queueItem": (
        "Id Key Reference QueueDefinitionId Status ReviewStatus ProcessingException/Reason,Details,Type"
        " DueDate Priority CreationTime DeferDate StartProcessing EndProcessing SecondsInPreviousAttempts AncestorId"
        " RetryNumber Progress Robot/Id,Name,MachineId,MachineName,Type,HostingType SpecificContent Output"
        " 16:ProcessingException/Timestamp 17:ExecutorJobKey"
    ),
    "process": "Id Key ProcessKey ProcessVersion Name Description IsLatestVersion",
    "schedule": (
        "Id Name Enabled EnvironmentId EnvironmentName StartProcessCron StartStrategy TimeZoneId TimeZoneIana"
        " UseCalendar Release/Id,Key,ProcessKey ExecutorRobots"
    ),
    "task": _TASK,
}
_NULLABLE = ("InputArguments", "OutputArguments")
_EXTRA = {"task.forwarded": ("ForwardedByUserId",), "task.completed": ("Action",)}
_DELETED = ("Action", "DeleterUserId", "DeletionTime")
_RARE = {"Action", "ForwardedByUserId", "DeleterUserId", "DeletionTime"}


def element(kind: str, record: Record, version: int) -> dict[str, Any]:
    """Return what an event of this API version says of a record."""
    found: dict[str, Any] = {}
    for word in _ELEMENTS[kind].split():
        since, _, path = word.rpartition(":")
        name, _, parts = path.partition("/")
        value = record.get(name)
        if int(since or 0) > version or (value is None and name not in _NULLABLE):
            continue
        if parts and isinstance(value, Mapping):
            inner = {part: value[part] for part in parts.split(",") if value.get(part) is not None}
            value = {**found.get(name, {}), **inner}
        found[name] = value
    return found


def task(event_type: str, record: Record, version: int) -> dict[str, Any]:
    """Return what an event of this type says of a task: only some types know some members."""
    known = _DELETED if event_type == "task.deleted" else _EXTRA.get(event_type, ())
    told = element("task", record, version)
    return {name: value for name, value in told.items() if name not in _RARE or name in known}


def everything(kind: str, record: Record, version: int) -> dict[str, Any]:
    """Return all that events of this version can have told of a record by now."""
    more: dict[str, Any] = {}
    if kind == "job":
        more = element("created", record, version)
    elif kind == "queueItem":
        more = {"Queue": element("queue", record["_queue"], version)}
    elif kind == "schedule":
        more = {"Reason": record.get("Reason")}
    return {**more, **element(kind, record, version)}
