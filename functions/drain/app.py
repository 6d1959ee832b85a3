"""Drain: put spooled requests through to the topic, from the spool queue and, on a schedule, from the bucket."""

from typing import Any

from relay.aws.bucket import Bucket
from relay.aws.client import client
from relay.aws.queue import Queue
from relay.aws.secret import Secrets
from relay.aws.topic import Topic
from relay.drain import Drain
from relay.keyring import Keyring
from relay.publish import Publisher
from relay.settings import DrainSettings
from relay.telemetry import metrics

settings = DrainSettings.from_environment()
bucket = Bucket(client("s3"), settings.bucket_name)
drain = Drain(
    Keyring(Secrets(client("secretsmanager")).value, settings.secrets_prefix),
    Publisher(Topic(client("sns"), settings.topic_arn), bucket),
    Queue(client("sqs"), settings.spool_queue_url),
    bucket,
)
MARGIN_MILLISECONDS = 20_000  # one object may take that long when its stores are slow


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "Records" in event:
        return drain.records(event)
    return {"swept": drain.sweep(lambda: context.get_remaining_time_in_millis() > MARGIN_MILLISECONDS)}
