"""Archive: store every event of a batch as lines of gzipped NDJSON in S3."""

from typing import Any

from relay.archive import archive
from relay.aws.bucket import Bucket
from relay.aws.client import client
from relay.settings import ArchiveSettings
from relay.telemetry import metrics

bucket = Bucket(client("s3"), ArchiveSettings.from_environment().bucket_name)


@metrics.log_metrics
def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    failed = archive(event["Records"], bucket)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
