"""Runs the functions of one local cloud, and answers for them over loopback HTTP."""

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from local.loopback import LoopbackServer
from local.runtime.answer import REQUEST_LIMIT, Answer, RequestTooLarge, UnknownFunction
from local.runtime.function import Credentials, Function
from local.runtime.pool import Pool
from local.runtime.server import application
from local.runtime.worker import Launcher

WORKERS = 8
"""Workers per function: the embedded AWS invokes five batches of one mapping at once, and people try things by hand."""


class RuntimeHost:
    """Serves functions by real `awslambdaric` workers, one process per concurrent invocation.

    `python` is the interpreter of an environment that has awslambdaric and boto3 and nothing else, as Lambda has.
    `run` is the directory for log files. `credentials` gives a function's role credentials (RoleCredentials).
    `environment` is added to every worker's: AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL.
    Use it in `with`, or call start and stop. Functions are added once they are deployed.
    """

    def __init__(
        self,
        *,
        python: Path,
        run: Path,
        credentials: Callable[[Function], Credentials],
        environment: Mapping[str, str],
        port: int = 0,
        workers: int = WORKERS,
    ) -> None:
        self.python, self.run = python.absolute(), run.absolute()  # workers run elsewhere
        self.credentials, self.workers = credentials, workers
        self.environment = dict(environment)
        self._pools: dict[str, Pool] = {}
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
        self._server = LoopbackServer(application(self), port)
        self.url = self._server.url

    def start(self) -> Self:
        self.run.mkdir(parents=True, exist_ok=True)
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop answering and kill every worker; none is left when this returns."""
        self._server.stop()
        for pool in self._pools.values():
            pool.close()
        self._spawner.shutdown()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def add(self, function: Function) -> None:
        """Serve a function, or serve it as it is now deployed: its earlier workers take no more invocations."""
        launcher = Launcher(
            function=function,
            python=self.python,
            log=self.run / f"{function.name}.log",
            environment=self.environment,
            credentials=self.credentials,
            spawner=self._spawner,
        )
        earlier, self._pools[function.name] = self._pools.get(function.name), Pool(launcher, self.workers)
        if earlier is not None:
            earlier.close()

    def names(self) -> list[str]:
        """The functions served, sorted."""
        return sorted(self._pools)

    def function(self, name: str) -> Function:
        """The function of this name; raises UnknownFunction."""
        return self._pool(name).launcher.function

    def proxy_url(self, name: str) -> str:
        """Where the embedded AWS sends this function's invocations: its MINISTACK_LAMBDA_PROXY_URL."""
        return f"{self.url}/proxy/{name}"

    def invoke(self, name: str, payload: bytes) -> Answer:
        """Run one invocation on a free worker; a function that fails is an answer, not an exception.

        Raises UnknownFunction, RequestTooLarge, Throttled, NotStarted.
        """
        pool = self._pool(name)
        if len(payload) >= REQUEST_LIMIT:
            raise RequestTooLarge(
                f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation"
            )
        with pool.worker() as worker:
            return worker.invoke(str(uuid.uuid4()), payload)

    def restart(self, name: str) -> None:
        """Kill the idle workers; those at work finish their invocation and are killed then."""
        self._pool(name).restart()

    def set_environment(self, name: str, extra: Mapping[str, str]) -> None:
        """Replace the extra variables of one function's workers, such as an endpoint override, and restart them."""
        pool = self._pool(name)
        pool.launcher.extra = dict(extra)
        pool.restart()

    def worker_pids(self, name: str) -> list[int]:
        """Process ids of the function's living workers, idle and at work."""
        return self._pool(name).pids()

    def log_file(self, name: str) -> Path:
        """Where the workers' standard output and error go; what is older lies beside it with `.1` appended."""
        return self._pool(name).launcher.log

    def _pool(self, name: str) -> Pool:
        try:
            return self._pools[name]
        except KeyError:
            raise UnknownFunction(f"no function {name} is served") from None
