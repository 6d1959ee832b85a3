"""A stack whose sources are operated on: its secrets, its table and its sources.yaml, in AWS or on this computer."""

import argparse
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from local.build import ROOT
from relay.aws.secret import Secret, reader
from relay.aws.table import Table
from relay.lease import Lease
from relay.orchestrator.sources import FILE, Sources, load
from relay.rotate.ends import Ends
from relay.rotate.source import ends_of
from relay.rotate.steps import LEASE_SECONDS
from relay.sync.tenant import Surroundings, Tenant
from relay.telemetry import logger
from relayctl.arguments import PORT
from relayctl.outputs import clients_of, read_outputs
from relayctl.vault import Vault

LOCAL_NAME = "relay"


class CannotOperate(Exception):
    """Nothing more can be done; the text says what, where and what to do."""


@dataclass(frozen=True)
class Stack:
    """`client` makes a client of an AWS service there; `local` means the relay on this computer.

    `options` is how the command line named the stack, for commands that are suggested.
    """

    name: str
    outputs: Mapping[str, str] = field(repr=False)
    config: Path
    client: Callable[[str], Any] = field(repr=False)
    local: bool = False
    options: str = ""

    @cached_property
    def sources(self) -> Sources:
        """What sources.yaml says; raises CannotOperate, SettingsError."""
        if not (self.config / FILE).is_file():
            raise CannotOperate(f"There is no file {self.config / FILE}. Give --config the directory where it is.")
        return load(self.config)

    @cached_property
    def table(self) -> Table:
        return Table(self.client("dynamodb"), self.output("StateTableName"))

    @cached_property
    def secrets_manager(self) -> Any:
        return self.client("secretsmanager")

    @property
    def vault(self) -> Vault:
        return Vault(self.secrets_manager)

    @property
    def prefix(self) -> str:
        return f"{self.name}/sources"

    @property
    def webhooks_url(self) -> str:
        """Sources differ in the last part of the URL only; the output is main's."""
        return self.output("WebhookUrl").rpartition("/")[0]

    def output(self, name: str) -> str:
        """Return an output of the stack; raises CannotOperate where there is none."""
        if name not in self.outputs:
            raise CannotOperate(f"The stack {self.name} has no output {name}. Deploy this version first.")
        return self.outputs[name]

    def tenants(self, names: Iterable[str]) -> list[Tenant]:
        """Return the sources of these names, else all that are not off; raises CannotOperate, SettingsError."""
        switched_on = [name for name, source in self.sources.sources.items() if source.mode != "off"]
        return [self.tenant(name) for name in dict.fromkeys(names)] or [self.tenant(name) for name in switched_on]

    def tenant(self, name: str) -> Tenant:
        """Return one source; raises CannotOperate, SettingsError."""
        if name not in self.sources.sources:
            known = ", ".join(self.sources.sources) or "none"
            raise CannotOperate(f"There is no source {name} in {self.config / FILE}. Sources there: {known}.")
        around = Surroundings(reader(self.secrets_manager), self.prefix, self.webhooks_url)
        return Tenant(name, self.sources.sources[name], around)

    def command(self, words: str) -> str:
        """Return a command to be suggested, for this stack."""
        return f"`relayctl {words}{self.options}`"

    def secret_name(self, source: str, kind: str = "webhook") -> str:
        return f"{self.prefix}/{source}/{kind}"

    def secret(self, source: str) -> Secret:
        """Return the secret of a source's webhooks."""
        return Secret(self.secrets_manager, self.secret_name(source))

    def lease(self, source: str) -> Lease:
        """Return the writer's lease, for us."""
        return Lease(self.table, source, f"relayctl-{uuid.uuid4()}", LEASE_SECONDS)

    def ends(self, tenant: Tenant, check: Callable[[], None] = lambda: None) -> Ends:
        """Return both ends of a source's secret; raises SettingsError, Unavailable."""
        return ends_of(tenant, self.secret(tenant.name), self.table, check)


def stack_of(wanted: argparse.Namespace) -> Stack:
    """Return the stack that `--stack`, or else `--port`, names; raises CannotRead, CannotOperate."""
    logger.setLevel(logging.CRITICAL)  # what the application logs, commands say in sentences
    outputs = read_outputs(wanted)
    config = wanted.config or (ROOT / "layers" / "config" if wanted.stack else _local_config(outputs))
    client, options = clients_of(wanted, outputs), _options(wanted)
    return Stack(wanted.stack or LOCAL_NAME, outputs, config, client, not wanted.stack, options)


def _options(wanted: argparse.Namespace) -> str:
    names = ("stack", "region", "profile") if wanted.stack else ("port",) if wanted.port != PORT else ()
    return "".join(f" --{name} {getattr(wanted, name)}" for name in names if getattr(wanted, name))


def _local_config(outputs: Mapping[str, str]) -> Path:
    if "ConfigPath" not in outputs:
        raise CannotOperate("The relay on this computer does not say where its sources.yaml is. Give --config DIR.")
    return Path(outputs["ConfigPath"])
