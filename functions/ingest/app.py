"""Ingest: verify a webhook request, turn it into an envelope, publish it."""

from typing import Any

from relay.aws.bucket import Bucket
from relay.aws.client import client
from relay.aws.secret import Secrets
from relay.aws.topic import Topic
from relay.ingest import Ingest
from relay.keyring import Keyring
from relay.settings import IngestSettings
from relay.telemetry import metrics

settings = IngestSettings.from_environment()
# One answer has 3 seconds: two attempts of at most 1.3 s each leave room for the rest.
fast = {"connect": 0.3, "read": 1.0, "attempts": 2}
ingest = Ingest(
    Keyring(Secrets(client("secretsmanager", **fast)).value, settings.secrets_prefix),
    Topic(client("sns", **fast), settings.topic_arn),
    Bucket(client("s3", **fast), settings.bucket_name),
)


@metrics.log_metrics
def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    return ingest.answer(event)
