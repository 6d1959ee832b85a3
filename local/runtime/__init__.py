"""AWS Lambda on one machine: the real runtime client in one process per concurrent invocation."""

from local.runtime.answer import Answer, InvocationRefused, NotStarted, RequestTooLarge, Throttled, UnknownFunction
from local.runtime.function import Credentials, Function
from local.runtime.host import RuntimeHost
from local.runtime.roles import RoleCredentials

__all__ = [
    "Answer",
    "Credentials",
    "Function",
    "InvocationRefused",
    "NotStarted",
    "RequestTooLarge",
    "RoleCredentials",
    "RuntimeHost",
    "Throttled",
    "UnknownFunction",
]
