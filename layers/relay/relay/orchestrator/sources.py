"""The sources this relay serves, from layers/config/sources.yaml: one Orchestrator tenant each."""

from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from relay.config import Model, read
from relay.safe import SOURCE_NAME

FILE = "sources.yaml"

Name = Annotated[str, StringConstraints(pattern=f"^{SOURCE_NAME}$")]
BaseUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+[^\s?#/]$", max_length=500)]


class Source(Model):
    """One tenant: `base_url` is the address under which its API and pages are found."""

    base_url: BaseUrl | None = None


class Sources(Model):
    """The whole file."""

    sources: dict[Name, Source]

    def base_url(self, name: str) -> str | None:
        """Return a source's base URL; None for a source the file does not name."""
        source = self.sources.get(name)
        return source.base_url if source else None


def load(directory: Path) -> Sources:
    """Read the sources from the configuration's directory; raises SettingsError with a line for each error."""
    return read(directory / FILE, Sources)
