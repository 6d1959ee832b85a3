"""UiPath Orchestrator's API as this relay uses it: one client per tenant, which shares nothing with another's.

orchestrator = connect(source, credential_of(text, secret_name))
orchestrator.all(), orchestrator.create({"Name": ..., "Url": ...}, known=...), orchestrator.ping(webhook_id)
"""

from relay.orchestrator.api.client import Orchestrator
from relay.orchestrator.api.credential import ClientCredentials, Credential, PersonalToken, credential_of
from relay.orchestrator.api.errors import (
    NameTaken,
    NoCredential,
    NotAuthenticated,
    NotFound,
    NotOrchestrator,
    NotPermitted,
    Rejected,
    Throttled,
    Troubled,
)
from relay.orchestrator.api.patience import Patience
from relay.orchestrator.api.session import Session
from relay.orchestrator.api.webhook import Webhook
from relay.orchestrator.sources import Source

__all__ = [
    "ClientCredentials",
    "Credential",
    "NameTaken",
    "NoCredential",
    "NotAuthenticated",
    "NotFound",
    "NotOrchestrator",
    "NotPermitted",
    "Orchestrator",
    "Patience",
    "PersonalToken",
    "Rejected",
    "Throttled",
    "Troubled",
    "Webhook",
    "connect",
    "credential_of",
]


def connect(source: Source, credential: Credential, patience: Patience | None = None) -> Orchestrator:
    """Return the client of a source's Orchestrator; nothing is sent yet."""
    return Orchestrator(Session(source, credential, patience or Patience()))
