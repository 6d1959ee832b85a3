"""One source's tenant: what is wanted of it, its Orchestrator, and the secrets both ends need."""

from collections.abc import Callable
from typing import NamedTuple

from relay.errors import SettingsError
from relay.orchestrator.api import Orchestrator, connect, credential_of
from relay.orchestrator.api.patience import Patience
from relay.orchestrator.sources import Source
from relay.sync.apply import Applied, apply
from relay.sync.plan import Plan, plan
from relay.sync.wanted import wanted_of

ReadValue = Callable[[str, str], tuple[str, str] | None]  # (secret id, stage) -> (version, text)


class Surroundings(NamedTuple):
    """What all sources of a stack share."""

    read: ReadValue
    prefix: str  # of secrets: a name or an ARN that ends in <stack>/sources
    webhooks_url: str  # a source's webhook delivers to <webhooks_url>/<source>
    patience: Patience | None = None

    @property
    def stack(self) -> str:
        return self.named("").partition("/")[0]

    def named(self, place: str) -> str:
        """Return a secret's name, which people know it by."""
        return f"{self.prefix.rpartition(':')[2]}/{place}"


class Tenant:
    """Plans and applies for one source; nothing is read or sent before it is needed."""

    def __init__(self, name: str, source: Source, around: Surroundings) -> None:
        self.name = name
        self.source = source
        self.url = f"{around.webhooks_url}/{name}"
        self._around = around
        self._orchestrator: Orchestrator | None = None

    @property
    def orchestrator(self) -> Orchestrator:
        """The API client; raises SettingsError, Unavailable."""
        if self._orchestrator is None:
            place = f"{self.name}/api"
            credential = credential_of(self._secret(place), self._around.named(place))
            self._orchestrator = connect(self.source, credential, self._around.patience)
        return self._orchestrator

    def plan(self) -> Plan:
        """Compare what is wanted with what there is now."""
        wanted = wanted_of(self.source, f"{self._around.stack}-{self.name}")
        there = self.orchestrator.all()
        return plan(wanted, there, self.orchestrator.event_types(), self.orchestrator.version, self.url)

    def apply(self, planned: Plan, check: Callable[[], None] = lambda: None) -> Applied:
        """Carry a plan out; hold the source's lease, and let `check` say so before each change."""
        return apply(planned, self.orchestrator, self.webhook_secret, check)

    def webhook_secret(self) -> str:
        """Return what a webhook that gets the source's address is to sign with; raises SettingsError for nothing.

        Every warm ingest knows RELAYSENT, but not yet a value that was made AWSCURRENT by hand a moment ago.
        """
        place = f"{self.name}/webhook"
        if secret := self._secret(place, "RELAYSENT") or self._secret(place):
            return secret
        raise SettingsError(
            f"the secret {self._around.named(place)} is missing or empty: deliveries could not be signed"
        )

    def _secret(self, place: str, stage: str = "AWSCURRENT") -> str:
        _, text = self._around.read(f"{self._around.prefix}/{place}", stage) or ("", "")
        return text
