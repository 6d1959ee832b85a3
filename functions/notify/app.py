"""Notify: decide who is to be told of an event, and queue a notice for each receiver."""

from typing import Any

from relay.aws.bucket import Bucket
from relay.aws.client import client
from relay.aws.queue import Queue
from relay.consumer import consume
from relay.event import Event
from relay.notify import rules
from relay.notify.decide import deliveries
from relay.orchestrator import sources
from relay.settings import NotifySettings
from relay.telemetry import count, metrics

settings = NotifySettings.from_environment()
known_rules = rules.load(settings.config_path)
known_sources = sources.load(settings.config_path)
bucket = Bucket(client("s3"), settings.bucket_name)
queue = Queue(client("sqs"), settings.delivery_queue_url)


@metrics.log_metrics
def handler(batch: dict[str, Any], _: object) -> dict[str, Any]:
    return consume(batch, notify, bucket.claim)


def notify(event: Event) -> None:
    found = deliveries(event, known_rules, known_sources.base_url)
    queue.send_batch(delivery.text() for delivery in found)
    count("NoticesQueued", len(found))
