"""Deliver: take the notices of the delivery queue to their receivers."""

from typing import Any

from relay.aws.client import client
from relay.aws.queue import Queue
from relay.aws.secret import Secrets
from relay.aws.table import Table
from relay.notify import rules
from relay.notify.addresses import Addresses
from relay.notify.claims import Claims
from relay.notify.deliver import Courier
from relay.settings import DeliverSettings
from relay.telemetry import metrics

settings = DeliverSettings.from_environment()
courier = Courier(
    rules.load(settings.config_path),
    Addresses(Secrets(client("secretsmanager")).value, settings.receivers_prefix),
    Claims(Table(client("dynamodb"), settings.table_name)),
    Queue(client("sqs"), settings.delivery_queue_url),
    Queue(client("sqs"), settings.delivery_dead_letter_queue_url),
)


@metrics.log_metrics
def handler(batch: dict[str, Any], _: object) -> dict[str, Any]:
    return courier.deliver(batch)
