"""Which source a secret belongs to, and both ends of it."""

import re
from collections.abc import Callable

from relay.canary import Canary, Table
from relay.errors import Refused
from relay.orchestrator.sources import Source, Sources
from relay.rotate.ends import Ends, Secret
from relay.safe import SOURCE_NAME
from relay.sync.tenant import Tenant

_SUFFIX = r"(-[A-Za-z0-9]{6})?"  # Secrets Manager ends every ARN so


def source_of(secret_id: str, prefix: str) -> str:
    """Return the source whose webhook's secret this is; raises Refused for any other secret."""
    found = re.fullmatch(rf"{re.escape(prefix)}/({SOURCE_NAME})/webhook{_SUFFIX}", secret_id, re.ASCII)
    if not found:
        raise Refused("not the secret of a source's webhook")
    return found[1]


def rotatable(sources: Sources, name: str) -> Source:
    """Return a source whose webhooks this relay may change; raises Refused for one that somebody else keeps."""
    source = sources.sources.get(name)
    if source is None or source.mode != "enforce":
        raise Refused(f"source {name} is not in mode enforce in sources.yaml, so its secret is entered by hand")
    return source


def ends_of(tenant: Tenant, secret: Secret, table: Table, check: Callable[[], None] = lambda: None) -> Ends:
    """Return both ends of a tenant's secret; raises SettingsError, Unavailable."""
    canary = Canary(tenant.orchestrator, table, tenant.name)
    return Ends(secret, tenant.orchestrator, canary, tenant.url, check)
