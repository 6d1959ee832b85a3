"""The whole relay on one machine, for people and for end-to-end tests."""

import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.aws import ACCOUNT, REGION, LocalAws, free_port, in_use
from local.build import ROOT, Build, build
from local.config import write_config
from local.deploy import PARAMETERS, Stack, deploy, serve_functions
from local.edge import Edge, deployed_api
from local.inbox import Inbox
from local.loopback import PortBusy
from local.orchestrator import CLIENT_ID, CLIENT_SECRET, Orchestrator, OrchestratorServer
from local.runtime import RoleCredentials, RuntimeHost

WEBHOOK_SECRET = "local-webhook-secret-not-for-production"  # noqa: S105
RUNTIME_PYTHON = ROOT / ".relay" / "runtime" / "bin" / "python"

Step = Callable[[str], AbstractContextManager[Any]]


class Ended(Exception):
    """A part of the relay ended by itself; the text says which and where its log is."""


class NotInstalled(Exception):
    """Something that `make install` makes is missing."""


class LocalCloud:
    """Use it in `with`: everything runs inside, nothing is left after. Port 0 means any free one.

    The simulated Orchestrator has no webhook until SyncFunction has made it.

    `step` shows a long step while it runs. `directory` takes the logs, and is a temporary one unless given.
    `parameters` are the template's that differ from its defaults.
    """

    aws: LocalAws
    build: Build
    stack: Stack
    host: RuntimeHost
    edge: Edge
    inbox: Inbox
    orchestrator: Orchestrator
    receivers: frozenset[str]  # those who have a place in the inbox
    config: Path  # the directory of the configuration all functions read
    _outputs: dict[str, str]

    def __init__(
        self,
        *,
        port: int = 0,
        aws_port: int = 0,
        directory: Path | None = None,
        step: Step = nullcontext,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        self.port, self.aws_port, self.directory, self._step = port, aws_port, directory, step
        self.parameters = {**PARAMETERS, **(parameters or {})}
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        """Start every part in the order they need each other; raises what they raise, with all stopped again."""
        with ExitStack() as parts:
            self._start(parts)
            self._parts = parts.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._parts.close()

    def check(self) -> None:
        """Raise Ended when a part has ended by itself."""
        if said := self.aws.died():
            raise Ended(said)

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by their template names, and where things are on this computer."""
        return dict(self._outputs)

    def _start(self, parts: ExitStack) -> None:
        directory = self.directory or Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="relay-")))
        self._check_ready()
        with self._step("building the application for this computer"):
            self.build = build()
        with self._step("starting the embedded AWS"):
            self.aws = parts.enter_context(LocalAws(self.aws_port or free_port(), directory))
        with self._step("deploying template.yaml"):
            self.stack = deploy(self.build, self.aws, self.parameters)
            self._fill_secrets()
        with self._step("starting the functions, the inbox and the simulated Orchestrator"):
            self.host = parts.enter_context(self._runtime_host(directory))
            gateway = self.aws.client("apigatewayv2")
            api = deployed_api(gateway, self.stack.resources["HttpApi"], account=ACCOUNT, region=REGION)
            self.edge = parts.enter_context(Edge(api, self.host.invoke, self.port))
            self.inbox = parts.enter_context(Inbox())
            self._tell_receivers()
            self.orchestrator = Orchestrator()
            server = parts.enter_context(OrchestratorServer(self.orchestrator))
            shipped = self.build.code("ConfigLayer") / "config"
            self.config = write_config(directory / "config", shipped, server.api_url)
            serve_functions(self.build, self.aws, self.stack, self.host, self._here())
            self._outputs = {**self.stack.outputs, **self._places(server)}

    def _check_ready(self) -> None:
        """Say before the long steps what would fail after them."""
        if not RUNTIME_PYTHON.exists():
            raise NotInstalled("The environment that functions run in is missing. Make it with `make install`.")
        if self.port and in_use(self.port):
            raise PortBusy(f"Port {self.port} is in use by another program. Choose another with --port.")

    def _runtime_host(self, directory: Path) -> RuntimeHost:
        return RuntimeHost(
            python=RUNTIME_PYTHON,
            run=directory / "functions",
            credentials=RoleCredentials(self.aws.client("sts")),
            environment={"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": self.aws.url},
        )

    def _here(self) -> dict[str, str]:
        """The variables of functions that are different on this computer."""
        return {"CONFIG_PATH": str(self.config.absolute()), "WEBHOOKS_URL": self._webhooks_url}

    @property
    def _webhooks_url(self) -> str:
        return f"{self.edge.url}/webhooks/{self.stack.token}"

    def _places(self, server: OrchestratorServer) -> dict[str, str]:
        """The outputs that are different on this computer, or exist nowhere else."""
        return {
            "WebhookUrl": f"{self._webhooks_url}/main",
            "MainWebhookSecretArn": self._secret_arn("MainWebhookSecret"),
            "MainApiSecretArn": self._secret_arn("MainApiSecret"),
            "AwsEndpointUrl": self.aws.url,
            "Region": REGION,
            "OrchestratorUrl": server.url,
            "WebhookSecret": WEBHOOK_SECRET,
            "ConfigPath": str(self.config.absolute()),
            "RuntimeUrl": self.host.url,
        }

    def _fill_secrets(self) -> None:
        credential = json.dumps({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
        for name, value in {"MainWebhookSecret": WEBHOOK_SECRET, "MainApiSecret": credential}.items():
            self.aws.client("secretsmanager").put_secret_value(SecretId=self.stack.resources[name], SecretString=value)

    def _tell_receivers(self) -> None:
        """Every receiver the template makes gets its own place in the inbox."""
        prefix = f"{self.stack.name}/receivers/"
        secrets = self.aws.client("secretsmanager")
        names = [str(secret["Name"]) for secret in secrets.list_secrets()["SecretList"]]
        self.receivers = frozenset(name.removeprefix(prefix) for name in names if name.startswith(prefix))
        for receiver in self.receivers:
            url = f"{self.inbox.url}/inbox/{receiver}"
            secrets.put_secret_value(SecretId=f"{prefix}{receiver}", SecretString=url)

    def _secret_arn(self, logical_id: str) -> str:
        """The ARN that `!Ref` of a secret is in AWS; here it is the name."""
        described = self.aws.client("secretsmanager").describe_secret(SecretId=self.stack.resources[logical_id])
        return str(described["ARN"])
