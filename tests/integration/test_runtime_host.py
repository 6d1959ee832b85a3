"""The runtime host under the real awslambdaric: what Lambda promises a function, kept on one machine."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.runtime import Answer, Credentials, Function, RequestTooLarge, RuntimeHost, Throttled, UnknownFunction, pool
from local.runtime.function import PROXY_VARIABLE

pytestmark = pytest.mark.integration

FUNCTIONS = Path(__file__).parents[1] / "fixtures" / "functions"
NEVER = 4102444800.0


def session(function: Function) -> Credentials:
    return Credentials(f"KEY-{function.name}", "secret", "token", NEVER)


def probe(handler: str, **settings: Any) -> Function:
    arn = f"arn:aws:lambda:eu-central-1:000000000000:function:{handler}"
    return Function(handler, FUNCTIONS / "probe", f"app.{handler}", arn=arn, **settings)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RuntimeHost]:
    environment = {"AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    runtime = RuntimeHost(
        python=Path(sys.executable), run=tmp_path / "run", credentials=session, environment=environment, workers=4
    )
    with runtime:
        yield runtime


def invoke(host: RuntimeHost, name: str, event: object = None) -> Any:
    answer = host.invoke(name, json.dumps(event).encode())
    assert answer.function_error is None, answer.payload
    return answer.value()


def error_of(answer: Answer) -> dict[str, Any]:
    assert answer.function_error == "Unhandled"
    value = answer.value()
    assert isinstance(value, dict)
    return value


def gone(pid: int, within: float = 5) -> bool:
    until = time.monotonic() + within
    while Path(f"/proc/{pid}").exists() and not _is_zombie(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_handler_gets_event_and_context(host: RuntimeHost) -> None:
    host.add(probe("echo"))

    answer = host.invoke("echo", '{"größe": [1, null]}'.encode())

    value = answer.value()
    assert isinstance(value, dict)
    assert value["event"] == {"größe": [1, None]}
    assert value["request"] == answer.request_id
    assert value["arn"] == "arn:aws:lambda:eu-central-1:000000000000:function:echo"
    assert answer.function_error is None


def test_warm_worker_is_used_again(host: RuntimeHost) -> None:
    host.add(probe("echo"))

    pids = {invoke(host, "echo")["pid"] for _ in range(5)}

    assert pids == set(host.worker_pids("echo"))
    assert len(pids) == 1


def test_parallel_invocations_get_a_process_each(host: RuntimeHost, tmp_path: Path) -> None:
    host.add(probe("meet", timeout=20))
    place = tmp_path / "place"
    place.mkdir()

    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(invoke, host, "meet", {"place": str(place), "expected": 4}) for _ in range(4)]

    assert sorted(answer.result() for answer in answers) == host.worker_pids("meet")


def test_busy_function_waits_for_a_worker_then_throttles(host: RuntimeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PATIENCE", 0.2)
    host.workers = 1
    host.add(probe("sleep"))
    invoke(host, "sleep", {"seconds": 0})

    with ThreadPoolExecutor(1) as thread:
        busy = thread.submit(invoke, host, "sleep", {"seconds": 1})
        time.sleep(0.2)
        with pytest.raises(Throttled):
            host.invoke("sleep", b'{"seconds": 0}')

    assert busy.result()


def test_handler_error_is_an_answer_with_its_trace(host: RuntimeHost) -> None:
    host.add(probe("fail"))

    answer = host.invoke("fail", b'{"reason": "tested"}')

    error = error_of(answer)
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no use: tested")
    assert any("app.py" in line for line in error["stackTrace"])
    assert "about to fail" in host.log_file("fail").read_text()


def test_failed_import_is_an_answer_each_time(host: RuntimeHost) -> None:
    host.add(Function("broken", FUNCTIONS / "broken"))

    answers = [host.invoke("broken", b"{}") for _ in range(2)]

    assert [error_of(answer)["errorType"] for answer in answers] == ["Runtime.ImportModuleError"] * 2
    assert host.worker_pids("broken") == []


def test_late_function_is_killed(host: RuntimeHost) -> None:
    host.add(probe("sleep", timeout=1))
    pid = invoke(host, "sleep", {"seconds": 0})["pid"]

    started = time.monotonic()
    answer = host.invoke("sleep", b'{"seconds": 60}')

    message = f"RequestId: {answer.request_id} Error: Task timed out after 1.00 seconds"
    assert error_of(answer) == {"errorType": "Sandbox.Timedout", "errorMessage": message}
    assert time.monotonic() - started < 5
    assert gone(pid)
    assert invoke(host, "sleep", {"seconds": 0})["pid"] != pid


@pytest.mark.parametrize("status", [0, 3])
def test_exit_within_an_invocation_is_an_error(host: RuntimeHost, status: int) -> None:
    host.add(probe("leave"))

    answer = host.invoke("leave", json.dumps({"status": status}).encode())

    assert error_of(answer)["errorType"] == "Runtime.ExitError"
    assert error_of(answer)["errorMessage"].endswith(f"Runtime exited with error: exit status {status}")


def test_worker_killed_at_work_is_an_error_and_the_next_invocation_succeeds(host: RuntimeHost) -> None:
    host.add(probe("sleep", timeout=20))
    pid = invoke(host, "sleep", {"seconds": 0})["pid"]

    with ThreadPoolExecutor(1) as thread:
        struck = thread.submit(host.invoke, "sleep", b'{"seconds": 15}')
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)

    assert error_of(struck.result())["errorMessage"].endswith("signal: SIGKILL")
    assert invoke(host, "sleep", {"seconds": 0})["pid"] != pid


def test_worker_killed_at_rest_is_replaced(host: RuntimeHost) -> None:
    host.add(probe("echo"))
    pid = invoke(host, "echo")["pid"]

    os.kill(pid, signal.SIGKILL)
    while pid in host.worker_pids("echo"):
        time.sleep(0.01)

    assert invoke(host, "echo")["pid"] != pid


def test_stop_leaves_no_process(tmp_path: Path) -> None:
    runtime = RuntimeHost(python=Path(sys.executable), run=tmp_path, credentials=session, environment={})
    with runtime as host, ThreadPoolExecutor(1) as thread:
        host.add(probe("echo"))
        host.add(probe("sleep", timeout=60))
        invoke(host, "echo")
        busy = thread.submit(host.invoke, "sleep", b'{"seconds": 50}')
        while not host.worker_pids("sleep"):
            time.sleep(0.02)
        pids = host.worker_pids("echo") + host.worker_pids("sleep")

        host.stop()

        assert all(gone(pid) for pid in pids)
        assert busy.result().function_error == "Unhandled"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_killed_host_takes_its_workers_along(tmp_path: Path) -> None:
    program = f"""
        import sys, time
        from pathlib import Path
        from local.runtime import Credentials, Function, RuntimeHost
        host = RuntimeHost(python=Path(sys.executable), run=Path({str(tmp_path)!r}), environment={{}},
            credentials=lambda function: Credentials("", "", "", {NEVER})).start()
        host.add(Function("sleep", Path({str(FUNCTIONS / "probe")!r}), "app.sleep", timeout=60))
        host.invoke("sleep", b'{{"seconds": 0}}')
        print(host.worker_pids("sleep")[0], flush=True)
        host.invoke("sleep", b'{{"seconds": 50}}')
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())

        process.kill()

    assert gone(pid)


def test_environment_is_lambdas_and_nothing_else(host: RuntimeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_IN_THE_SHELL", "1")
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    variables = {"TOPIC": "arn", "AWS_ACCESS_KEY_ID": "overwritten"}
    host.add(probe("tell", memory=256, variables=variables))

    told = invoke(host, "tell")

    assert {name: value for name, value in told["environment"].items() if name not in INCIDENTAL} == {
        "AWS_ACCESS_KEY_ID": "KEY-tell",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "tell",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/tell",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": "eu-central-1",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "LAMBDA_TASK_ROOT": str(FUNCTIONS / "probe"),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "",
        "TOPIC": "arn",
        "TZ": ":UTC",
        "_HANDLER": "app.tell",
    }
    assert told["directory"] == str(FUNCTIONS / "probe")
    assert told["utc"] == "UTC"


INCIDENTAL = {"AWS_LAMBDA_RUNTIME_API", "LC_CTYPE"}  # a port of its own; Python's own coercion


def test_layers_take_the_place_of_opt(host: RuntimeHost, tmp_path: Path) -> None:
    code, configuration = tmp_path / "RelayLayer", tmp_path / "ConfigLayer"
    (code / "python").mkdir(parents=True)
    (configuration / "config").mkdir(parents=True)
    variables = {"CONFIG_PATH": "/opt/config", "ELSEWHERE": "/opt/none", "PLAIN": "/optional"}
    host.add(probe("tell", layers=(code, configuration), variables=variables))

    told = invoke(host, "tell")

    seen = {name: told["environment"][name] for name in variables}
    assert seen == {"CONFIG_PATH": str(configuration / "config"), "ELSEWHERE": "/opt/none", "PLAIN": "/optional"}
    assert told["path"].index(str(FUNCTIONS / "probe")) < told["path"].index(str(code / "python"))


def test_configuration_comes_from_lambda_without_the_emulators_own_variable(tmp_path: Path) -> None:
    configuration = {
        "FunctionName": "relay-IngestFunction-1",
        "FunctionArn": "arn:aws:lambda:eu-central-1:000000000000:function:relay-IngestFunction-1",
        "Handler": "app.handler",
        "Timeout": 10,
        "MemorySize": 512,
        "Role": "arn:aws:iam::000000000000:role/ingest",
        "Runtime": "python3.12",
        "Environment": {"Variables": {"TOPIC_ARN": "arn", PROXY_VARIABLE: "http://127.0.0.1:1/proxy/x"}},
    }

    function = Function.deployed(configuration, code=tmp_path, layers=[tmp_path / "layer"])

    assert (function.timeout, function.memory, function.layers) == (10, 512, (tmp_path / "layer",))
    assert function.variables == {"TOPIC_ARN": "arn"}


def test_workers_near_the_end_of_their_credentials_are_replaced(host: RuntimeHost) -> None:
    ends = iter([time.time() + 31, NEVER])
    host.credentials = lambda _: Credentials("key", "secret", "token", next(ends))
    host.add(probe("echo", timeout=3))

    pids = [invoke(host, "echo")["pid"] for _ in range(3)]

    assert pids[0] != pids[1] == pids[2]


def test_memory_is_bounded(host: RuntimeHost) -> None:
    host.add(probe("hoard", memory=128, timeout=20))

    answer = host.invoke("hoard", json.dumps({"bytes": 4 * 1024**3}).encode())

    assert error_of(answer)["errorType"] == "MemoryError"


def test_payloads_have_lambdas_limits(host: RuntimeHost) -> None:
    host.add(probe("swell", timeout=20))
    host.add(probe("measure", timeout=20))

    largest = host.invoke("swell", json.dumps({"bytes": 6_291_556 - 2}).encode())
    beyond = host.invoke("swell", json.dumps({"bytes": 6_291_556 - 1}).encode())
    fitting = host.invoke("measure", b'"' + b"x" * (6_291_455 - 2) + b'"')

    assert largest.function_error is None
    assert error_of(beyond)["errorType"] == "Function.ResponseSizeTooLarge"
    assert fitting.value() == 6_291_453
    with pytest.raises(RequestTooLarge):
        host.invoke("measure", b'"' + b"x" * (6_291_456 - 2) + b'"')


def test_log_file_is_bounded(host: RuntimeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.runtime.worker.LOG_LIMIT", 1000)
    host.add(probe("fail"))

    for _ in range(10):
        host.invoke("fail", b'{"reason": "again"}')

    log = host.log_file("fail")
    assert log.stat().st_size < 2000
    assert "again" in log.with_name(log.name + ".1").read_text()


def test_unknown_function_is_refused(host: RuntimeHost) -> None:
    with pytest.raises(UnknownFunction):
        host.invoke("nobody", b"{}")


def call(host: RuntimeHost, method: str, path: str, value: object = None, **headers: str) -> tuple[int, Any]:
    connection = HTTPConnection(urlsplit(host.url).netloc, timeout=30)
    with closing(connection):
        connection.request(method, path, json.dumps(value).encode(), headers)
        response = connection.getresponse()
        return response.status, json.load(response)


def test_control_lists_invokes_and_changes_the_environment(host: RuntimeHost) -> None:
    host.add(probe("tell"))
    before = call(host, "POST", "/functions/tell/invoke", {})[1]["payload"]["environment"]

    status, described = call(
        host, "POST", "/functions/tell/environment", {"AWS_ENDPOINT_URL_SNS": "http://127.0.0.1:2"}
    )
    after = call(host, "POST", "/functions/tell/invoke", {})[1]["payload"]["environment"]
    _, listed = call(host, "GET", "/functions")

    assert "AWS_ENDPOINT_URL_SNS" not in before
    assert (status, described["pids"]) == (200, [])
    assert after["AWS_ENDPOINT_URL_SNS"] == "http://127.0.0.1:2"
    assert [(item["name"], item["pids"]) for item in listed] == [("tell", host.worker_pids("tell"))]
    assert Path(listed[0]["log"]) == host.log_file("tell")


def test_control_refuses_web_pages_and_unknown_functions(host: RuntimeHost) -> None:
    host.add(probe("echo"))

    from_page = call(host, "POST", "/functions/echo/invoke", {}, Origin="http://example.com")
    unknown = call(host, "POST", "/functions/nobody/invoke", {})

    assert (from_page[0], unknown[0]) == (403, 404)


def test_restart_replaces_the_workers(host: RuntimeHost) -> None:
    host.add(probe("echo"))
    pid = invoke(host, "echo")["pid"]

    host.restart("echo")

    assert gone(pid)
    assert invoke(host, "echo")["pid"] != pid


def record(number: int, body: str) -> dict[str, Any]:
    return {"messageId": f"m{number}", "body": body, "eventSource": "aws:sqs"}


def batch(host: RuntimeHost, bodies: list[str]) -> tuple[int, Any]:
    host.add(probe("refuse_items", timeout=20))
    records = [record(number, body) for number, body in enumerate(bodies)]
    return call(host, "POST", urlsplit(host.proxy_url("refuse_items")).path, {"Records": records})


def failures(*items: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": item} for item in items]}


def test_queue_batch_answers_with_its_failed_items(host: RuntimeHost) -> None:
    assert batch(host, ["good", "bad", "good"]) == (200, failures("m1"))


@pytest.mark.parametrize("bodies", [["good", "raise"], ["good", "unknown"]])
def test_queue_batch_fails_as_a_whole(host: RuntimeHost, bodies: list[str]) -> None:
    assert batch(host, bodies)[0] == 500


def test_queue_batch_too_large_for_one_request_is_cut(host: RuntimeHost) -> None:
    bodies = ["good" + "x" * 3_000_000, "bad" + "x" * 3_000_000, "bad" + "x" * 3_000_000, "good", "unknown"]

    assert batch(host, bodies) == (200, failures("m1", "m2", "m3", "m4"))


def test_proxy_passes_errors_of_other_events_on(host: RuntimeHost) -> None:
    host.add(probe("fail"))

    status, body = call(host, "POST", urlsplit(host.proxy_url("fail")).path, {"reason": "tested"})

    assert (status, body["errorType"]) == (500, "ValueError")
