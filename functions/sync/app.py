"""Sync: keep each source's webhooks in Orchestrator as sources.yaml wants them, and prove that they deliver."""

from typing import Any

from relay.aws.client import client
from relay.aws.secret import Secret, reader
from relay.aws.table import Table
from relay.orchestrator import sources
from relay.rotate.ends import Ends
from relay.rotate.source import ends_of
from relay.rotate.watch import Watch
from relay.settings import SyncSettings
from relay.sync.run import Sync
from relay.sync.tenant import Surroundings, Tenant
from relay.telemetry import metrics

settings = SyncSettings.from_environment()
secrets = client("secretsmanager")
table = Table(client("dynamodb"), settings.table_name)
around = Surroundings(reader(secrets), settings.secrets_prefix, settings.webhooks_url)


def ends(tenant: Tenant) -> Ends:
    return ends_of(tenant, Secret(secrets, f"{settings.secrets_prefix}/{tenant.name}/webhook"), table)


sync = Sync(sources.load(settings.config_path), around, table, Watch(ends))


@metrics.log_metrics
def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {"sources": sync.run()}
