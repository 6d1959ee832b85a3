"""Sync: keep each source's webhooks in Orchestrator as sources.yaml wants them."""

from typing import Any

from relay.aws.client import client
from relay.aws.secret import Secrets
from relay.aws.table import Table
from relay.orchestrator import sources
from relay.settings import SyncSettings
from relay.sync.run import Sync
from relay.sync.tenant import Surroundings
from relay.telemetry import metrics

settings = SyncSettings.from_environment()
sync = Sync(
    sources.load(settings.config_path),
    Surroundings(Secrets(client("secretsmanager")).value, settings.secrets_prefix, settings.webhooks_url),
    Table(client("dynamodb"), settings.table_name),
)


@metrics.log_metrics
def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {"sources": sync.run()}
