"""State: keep each event in its entity's timeline, and what is known of the entity now."""

from typing import Any

from relay.aws.bucket import Bucket
from relay.aws.client import client
from relay.aws.table import Table
from relay.consumer import consume
from relay.event import Event
from relay.settings import StateSettings
from relay.state import keep
from relay.telemetry import count, metrics

settings = StateSettings.from_environment()
bucket = Bucket(client("s3"), settings.bucket_name)
table = Table(client("dynamodb"), settings.table_name)


def record(event: Event) -> None:
    if not keep(event, table, settings.retention_days):
        count("EventsWithoutEntity")


@metrics.log_metrics
def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    return consume(event, record, bucket.claim)
