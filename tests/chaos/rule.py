"""The answer rule (docs/architecture.md) for stores that fail: the one place that says which cells may be refused."""

from collections.abc import Collection
from typing import Literal, get_args

Store = Literal["topic", "queue", "bucket", "secrets"]
STORES: tuple[Store, ...] = get_args(Store)
SERVICES: dict[Store, str] = {"topic": "sns", "queue": "sqs", "bucket": "s3", "secrets": "secrets_manager"}

# small: fits everywhere. large: over 240 KB, so that its body goes through the bucket, but fits the spool's queue.
# dense: over 1 MiB, and little smaller after gzip, so that the queue cannot take it.
Size = Literal["small", "large", "dense"]
SIZES: tuple[Size, ...] = get_args(Size)


def expected(broken: Collection[Store], size: Size, *, warm: bool) -> int:
    """Return the answer's status: 503 only where every store open to the request has failed."""
    verified = warm or "secrets" not in broken
    published = verified and "topic" not in broken and (size == "small" or "bucket" not in broken)
    queued = size != "dense" and "queue" not in broken
    return 200 if published or queued or "bucket" not in broken else 503
