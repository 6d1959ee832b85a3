"""Which Orchestrator is simulated: the product, its API version and what the products do differently."""

from dataclasses import dataclass
from typing import Literal, get_args

Flavour = Literal["cloud", "suite", "standalone"]
FLAVOURS: tuple[Flavour, ...] = get_args(Flavour)
VERSIONS = range(11, 21)

ONE_HOUR = 3600.0  # UiPath, "About webhooks": the breaker of the cloud and of Automation Suite
TEN_MINUTES = 600.0  # SubscriberCircuitBreakerExpirationSeconds, "Orchestrator Webhooks appsettings.json"
RETRY_AFTER = (0.0, 45.0, 150.0, 300.0)  # RetryAfter, same page; standalone only
TO_DISABLE = (
    10  # openings of the breaker in a row after which the cloud disables a webhook; the real number is not known
)


@dataclass(frozen=True)
class Profile:
    """Everything about this Orchestrator that a client can notice."""

    flavour: Flavour = "cloud"
    api_version: int = 20
    mask_secrets: bool = True  # what a read shows depends on the installation; clear text is what the guide shows
    quota: int = 100  # WebhookQuotaReached exists, its number is not published
    organization: str = "acme"
    tenant: str = "Default"
    token_seconds: int | str = 3600  # expires_in, a number or a text
    lists_per_minute: int | None = 100  # of GET Jobs and of GET QueueItems, each (UiPath, "Rate limits")
    ping_on_change: bool = True  # PingEventDto: "triggered immediately after a webhook was created or updated"
    change_closes_breaker: bool = False  # whether an hour's silence ends when the webhook is changed is not known

    def __post_init__(self) -> None:
        if self.api_version not in VERSIONS or self.flavour not in FLAVOURS:
            raise ValueError(f"there are API versions 11 to 20 and the flavours {', '.join(FLAVOURS)}")

    @property
    def base(self) -> tuple[str, ...]:
        """The path below which the API is."""
        return () if self.flavour == "standalone" else (self.organization, self.tenant, "orchestrator_")

    @property
    def token_paths(self) -> tuple[tuple[str, ...], ...]:
        """Where tokens are got (UiPath, "Accessing UiPath resources using external applications")."""
        if self.flavour == "standalone":
            return (("identity", "connect", "token"),)
        return ("identity_", "connect", "token"), (self.organization, "identity_", "connect", "token")

    @property
    def needs_tenant(self) -> bool:
        """Standalone has no tenant in its path: the header X-UIPATH-TenantName chooses it."""
        return self.flavour == "standalone"

    @property
    def has_names(self) -> bool:
        """Webhooks have Name, Description and Key since 16.0."""
        return self.api_version >= 16

    @property
    def supported_versions(self) -> str:
        """The header api-supported-versions: every version up to this one, to be compared as numbers."""
        return ", ".join(f"{number}.0" for number in range(1, self.api_version + 1))

    @property
    def counts_unasked(self) -> bool:
        """Lists told their count without $count until June 2024."""
        return self.api_version < 18

    @property
    def breaker_seconds(self) -> float:
        return TEN_MINUTES if self.flavour == "standalone" else ONE_HOUR

    @property
    def retries(self) -> tuple[float, ...]:
        return RETRY_AFTER if self.flavour == "standalone" else ()

    @property
    def to_disable(self) -> int | None:
        return TO_DISABLE if self.flavour == "cloud" else None
