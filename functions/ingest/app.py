"""Ingest: verify a webhook request, wrap it and publish it; what cannot be published goes to the spool."""

from typing import Any

from relay.aws.bucket import Bucket
from relay.aws.client import client
from relay.aws.queue import Queue
from relay.aws.secret import Secrets
from relay.aws.topic import Topic
from relay.ingest import Ingest
from relay.keyring import Keyring
from relay.publish import Publisher
from relay.settings import IngestSettings
from relay.spool import Budget, Spool
from relay.telemetry import metrics

settings = IngestSettings.from_environment()
# A call may outlive its share of the answer's deadline, but must end before many more have come.
fast = {"connect": 0.5, "read": 1.5, "attempts": 2}
bucket = Bucket(client("s3", **fast), settings.bucket_name)
ingest = Ingest(
    Keyring(Secrets(client("secretsmanager", **fast)).value, settings.secrets_prefix),
    Publisher(Topic(client("sns", **fast), settings.topic_arn), bucket),
    Spool(Queue(client("sqs", **fast), settings.spool_queue_url), bucket, Budget(settings.unverified_bytes_per_minute)),
    settings.answer_milliseconds / 1000,
)


@metrics.log_metrics
def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    return ingest.answer(event)
