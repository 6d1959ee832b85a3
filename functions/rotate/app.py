"""Rotate: the steps by which Secrets Manager gives a webhook's secret a new value, here and in Orchestrator."""

from typing import Any

from relay.aws.client import client
from relay.aws.secret import Secret, reader
from relay.aws.table import Table
from relay.lease import Lease
from relay.orchestrator import sources
from relay.rotate.source import ends_of, rotatable, source_of
from relay.rotate.steps import LEASE_SECONDS, Rotation, counted
from relay.settings import RotateSettings
from relay.sync.tenant import Surroundings, Tenant
from relay.telemetry import metrics

settings = RotateSettings.from_environment()
known = sources.load(settings.config_path)
secrets = client("secretsmanager")
around = Surroundings(reader(secrets), settings.secrets_prefix, settings.webhooks_url)
table = Table(client("dynamodb"), settings.table_name)


@metrics.log_metrics
def handler(event: dict[str, Any], _: object) -> None:
    with counted():
        name = source_of(event["SecretId"], settings.secrets_prefix)
        tenant = Tenant(name, rotatable(known, name), around)
        lease = Lease(table, name, f"rotate-{event['ClientRequestToken']}", LEASE_SECONDS)
        ends = ends_of(tenant, Secret(secrets, event["SecretId"]), table, lease.check)
        Rotation(ends, lease, settings.settle_seconds).run(event["Step"], event["ClientRequestToken"])
