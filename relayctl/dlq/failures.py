"""What SQS refuses, as sentences an operator can act on."""

from relay.aws.client import code_of

_DENIED = ("AccessDenied", "AccessDeniedException", "AWS.SimpleQueueService.AccessDenied")
_GONE = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException")
_UNKNOWN_ACTION = ("InvalidAction", "UnknownOperationException", "UnsupportedOperation", "NotImplemented")
_UNKNOWN_STATUS = (404, 405, 501)


class CannotOperate(Exception):
    """Nothing more can be done; the text says what, where and what to do."""


class OneFailed(CannotOperate):
    """One message could not be handled, others may be."""


def explained(error: Exception, queue: str) -> CannotOperate:
    """Return the sentence for one of botocore's errors about a queue; it never quotes a message."""
    code = code_of(error)
    action = getattr(error, "operation_name", None)
    if action is None:
        return CannotOperate(f"SQS cannot be asked about {queue}: {code}. Check credentials, region and network.")
    if code in _DENIED:
        return CannotOperate(f"Access to {queue} is denied. Allow your role the action sqs:{action} on it.")
    if code in _GONE:
        return CannotOperate(f"{queue} does not exist. Was the stack deleted, or is it in another region?")
    return OneFailed(f"{queue} refused sqs:{action}: {code}")


def short_code(error: Exception) -> str:
    """Return SQS' code without the name of the service, which some of its protocols put first."""
    return code_of(error).rpartition(".")[2]


def means_unsupported(error: Exception) -> bool:
    """Whether an endpoint does not know the action at all, as emulators answer; a missing queue is no such case."""
    code = short_code(error)
    answer = getattr(error, "response", None) or {}
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return code in _UNKNOWN_ACTION or (status in _UNKNOWN_STATUS and code_of(error) not in (*_GONE, *_DENIED))
