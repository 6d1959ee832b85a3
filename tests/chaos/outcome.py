"""What the consumers have left in the stores for one source, in a form that compares between sources."""

import gzip
import json
from collections.abc import Iterable, Set
from typing import Any, NamedTuple

from local.cloud import LocalCloud
from relay.archive import distinct
from relay.state import CURRENT

# An event that was received twice leaves the time of that receipt which came to the table first.
VOLATILE_OF_TIMELINE = {"receivedat", "expires"}
# `revision` counts writes, and how many it takes depends on the order in which events come.
VOLATILE_OF_CURRENT = {"revision"}
ANY_SOURCE = "some-source"


class Archived(NamedTuple):
    """`texts` are all lines, each once; `identities` those of the events, as every reader shows them."""

    texts: list[str]
    identities: list[tuple[str, str, str]]


def archived(cloud: LocalCloud, source: str) -> Archived:
    """Read a source's objects."""
    s3, bucket = cloud.aws.client("s3"), cloud.stack.outputs["ArchiveBucketName"]
    lines: list[str] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"events/source={source}/"):
        for item in page.get("Contents", []):
            content = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            lines += gzip.decompress(content).decode().replace(source, ANY_SOURCE).splitlines()
    identities = [(one["source"], one["id"], one["datasha256"]) for one in distinct(lines)]
    return Archived(sorted(set(lines)), sorted(identities))


def held(cloud: LocalCloud, source: str, volatile: Set[str] = VOLATILE_OF_CURRENT) -> list[dict[str, Any]]:
    """Read a source's items, current and timeline, in the order of their keys."""
    dynamodb = cloud.aws.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=cloud.stack.outputs["StateTableName"],
        FilterExpression="begins_with(pk, :source)",
        ExpressionAttributeValues={":source": {"S": f"{source}#"}},
    )
    return comparable((item for page in pages for item in page["Items"]), source, volatile)


def comparable(
    items: Iterable[dict[str, Any]], source: str, volatile: Set[str] = VOLATILE_OF_CURRENT
) -> list[dict[str, Any]]:
    """Return items, as DynamoDB writes them, in the form that compares between sources and orders of events.

    What is `volatile` of current items is left out.
    """
    found = []
    for item in items:
        left_out = volatile if item["sk"]["S"] == CURRENT else VOLATILE_OF_TIMELINE
        lasting = {name: value for name, value in sorted(item.items()) if name not in left_out}
        found.append(json.loads(json.dumps(lasting).replace(source, ANY_SOURCE)))
    return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
