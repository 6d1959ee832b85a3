"""The host over loopback HTTP: invocations from the embedded AWS, and a few controls for tests in other processes.

POST /proxy/NAME                    an event; 200 and the function's JSON, or 500 and its error: ministack's protocol
GET  /functions                     [{"name", "pids", "log", "timeout", "memory"}]
POST /functions/NAME/invoke         an event; {"payload", "functionError", "requestId"}
POST /functions/NAME/environment    {"NAME": "value"}: replaces the extra variables and restarts the workers
POST /functions/NAME/restart
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from local.loopback import Answer as HttpAnswer
from local.loopback import Request, json_answer
from local.runtime.answer import Answer, InvocationRefused, NotStarted, RequestTooLarge, Throttled, UnknownFunction
from local.runtime.batch import invoke_queue_batch, is_queue_batch

if TYPE_CHECKING:
    from local.runtime.host import RuntimeHost

STATUSES: dict[type[InvocationRefused], int] = {
    UnknownFunction: 404,
    RequestTooLarge: 413,
    Throttled: 429,
    NotStarted: 502,
}


def application(host: "RuntimeHost") -> Callable[[Request], HttpAnswer]:
    """Answers one request for a host."""

    def answer(request: Request) -> HttpAnswer:
        if "Origin" in request.headers:
            return json_answer(403, {"error": "web pages have no business here"})
        try:
            return _answer(host, request)
        except InvocationRefused as refused:
            return json_answer(
                STATUSES[type(refused)], {"errorType": type(refused).__name__, "errorMessage": str(refused)}
            )

    return answer


def _answer(host: "RuntimeHost", request: Request) -> HttpAnswer:
    match request.method, request.path:
        case "POST", ("proxy", name):
            return _proxied(_invoke_as_source(host, name, request.body))
        case "GET", ("functions",):
            return json_answer(200, [_described(host, name) for name in host.names()])
        case "POST", ("functions", name, "invoke"):
            answer = host.invoke(name, request.body)
            told = {"payload": answer.value(), "functionError": answer.function_error, "requestId": answer.request_id}
            return json_answer(200, told)
        case "POST", ("functions", name, "environment"):
            host.set_environment(name, {key: str(value) for key, value in request.json_object().items()})
            return json_answer(200, _described(host, name))
        case "POST", ("functions", name, "restart"):
            host.restart(name)
            return json_answer(200, _described(host, name))
        case _:
            return json_answer(404, {"error": "no such thing"})


def _invoke_as_source(host: "RuntimeHost", name: str, body: bytes) -> Answer:
    event = json.loads(body)
    if is_queue_batch(event):
        return invoke_queue_batch(event["Records"], lambda payload: host.invoke(name, payload))
    return host.invoke(name, body)


def _proxied(answer: Answer) -> HttpAnswer:
    return HttpAnswer(500 if answer.function_error else 200, answer.payload, {"Content-Type": "application/json"})


def _described(host: "RuntimeHost", name: str) -> dict[str, object]:
    function = host.function(name)
    return {
        "name": name,
        "pids": host.worker_pids(name),
        "log": str(host.log_file(name)),
        "timeout": function.timeout,
        "memory": function.memory,
    }
