"""The sources this relay serves, from layers/config/sources.yaml: one Orchestrator tenant each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, StringConstraints

from relay.config import Fault, Model, read
from relay.exchange import is_loopback
from relay.safe import SOURCE_NAME

FILE = "sources.yaml"
DESCRIPTION = "Kept by Orchestrator Relay: changes made here are undone. Edit its sources.yaml."

Mode = Literal["enforce", "report", "off"]
Flavour = Literal["cloud", "public-sector", "automation-suite", "standalone"]

# Source of hosts and forms: UiPath's API guide, "Building API requests".
_HOSTS: dict[str, Flavour] = {"cloud.uipath.com": "cloud", "govcloud.uipath.us": "public-sector"}
_SUFFIX = "orchestrator_"
_FORM = "https://<host>/<organisation>/<tenant>/orchestrator_"


def _not_a_truth(value: Any) -> Any:
    """YAML reads a bare `off` as false."""
    return "off" if value is False else value


Name = Annotated[str, StringConstraints(pattern=f"^{SOURCE_NAME}$")]
BaseUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#@]+[^\s?#@/]$", max_length=500)]
EventPattern = Annotated[str, StringConstraints(pattern=r"^[A-Za-z*?][A-Za-z0-9.*?]*$", max_length=50)]
# An HTTP header's value: printable ASCII, no space at either end.
Tenant = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]*[!-~])?$", max_length=64)]


class Webhook(Model):
    """A webhook that should exist in the tenant. Without a name it is called after stack and source."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True)] | None = None
    description: Annotated[str, StringConstraints(max_length=256)] = DESCRIPTION
    events: tuple[EventPattern, ...] = Field(default=("*",), min_length=1)
    enabled: bool = True
    verify_tls: bool = True


class Source(Model):
    """One tenant: `base_url` is the address under which its API and pages are found."""

    base_url: BaseUrl | None = None
    flavour: Flavour | None = None
    tenant: Tenant | None = None
    mode: Annotated[Mode, BeforeValidator(_not_a_truth)] = "off"
    webhooks: tuple[Webhook, ...] = Field(default=(Webhook(),), min_length=1)

    @property
    def kind(self) -> Flavour:
        """What is stated, else what the base URL's form says."""
        return self.flavour or _recognised(self.base_url or "")


class Sources(Model):
    """The whole file."""

    sources: dict[Name, Source]

    def base_url(self, name: str) -> str | None:
        """Return a source's base URL; None for a source the file does not name."""
        source = self.sources.get(name)
        return source.base_url if source else None


def load(directory: Path) -> Sources:
    """Read the sources from the configuration's directory; raises SettingsError with a line for each error."""
    return read(directory / FILE, Sources, _faults)


def _recognised(base_url: str) -> Flavour:
    parts = urlsplit(base_url)
    if (parts.hostname or "") in _HOSTS:
        return _HOSTS[parts.hostname or ""]
    return "automation-suite" if parts.path.endswith(f"/{_SUFFIX}") else "standalone"


def _faults(sources: Sources) -> Iterator[Fault]:
    for name, source in sources.sources.items():
        for field, reason in (*_address_faults(source), *_name_faults(source)):
            yield ("sources", name, field), reason


def _address_faults(source: Source) -> Iterator[tuple[str, str]]:
    if source.base_url is None:
        if source.mode != "off":
            yield "mode", f"{source.mode} needs a base_url; without one only off is possible"
        return
    parts = urlsplit(source.base_url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        yield "base_url", "should begin with https://, since credentials are sent there"
    if source.kind != "standalone" and not _has_form(parts.path):
        yield "base_url", f"should have the form {_FORM} for {source.kind}"
    if source.kind != "standalone" and source.tenant:
        yield "tenant", f"is for standalone only; for {source.kind} the base_url names the tenant"


def _has_form(path: str) -> bool:
    parts = path.split("/")[1:]
    return len(parts) == 3 and all(parts) and parts[2] == _SUFFIX


def _name_faults(source: Source) -> Iterator[tuple[str, str]]:
    """Orchestrator takes a webhook's name once in a tenant."""
    names = [(webhook.name or "").lower() for webhook in source.webhooks]
    if len(set(names)) < len(names):
        yield "webhooks", "each needs a name of its own"
