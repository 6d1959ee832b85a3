"""A seeded day of simulated life, delivered through the relay without faults, leaves state equal to the truth."""

from collections import Counter
from collections.abc import Iterator

import pytest

from local.cloud import WEBHOOK_SECRET, LocalCloud
from local.orchestrator import DAY, Entity, Life
from relay.aws.table import Item
from relay.state import CURRENT
from tests.local_cloud import eventually, put_secret, switched_off, waiting, webhook_url, without_webhooks

SOURCE = "a-day"  # of its own, so that it meets no entity of another test
SEED = 7
WITHIN_SECONDS = 120
# What of an item is the relay's own; `status` and `folderid` are compared apart.
OURS = {"pk", "sk", "kind", "key", "versions", "revision", "since", "expires", "index_pk", "index_sk"}
OURS |= {"status", "reported_state", "receivedat", "tenantid", "folderid"}

Place = tuple[str, str]  # kind and key
Truth = dict[Place, Entity]


def held(cloud: LocalCloud) -> dict[Place, Item]:
    """Return what the table knows now, by entity."""
    asked = {
        "TableName": cloud.stack.outputs["StateTableName"],
        "FilterExpression": "sk = :current AND begins_with(pk, :source)",
        "ExpressionAttributeValues": {":current": {"S": CURRENT}, ":source": {"S": f"{SOURCE}#"}},
        "ConsistentRead": True,
    }
    pages = cloud.aws.client("dynamodb").get_paginator("scan").paginate(**asked)
    items = [
        {name: next(iter(value.values())) for name, value in row.items()} for page in pages for row in page["Items"]
    ]
    return {(item["kind"], item["key"]): item for item in items}


def statuses(cloud: LocalCloud) -> dict[Place, str]:
    return {place: str(item.get("status")) for place, item in held(cloud).items()}


@pytest.fixture(scope="module")
def truth(cloud: LocalCloud) -> Iterator[Truth]:
    """A day lived, its last event in state. It is neither archived nor told to anybody: that only takes time."""
    put_secret(cloud, f"sources/{SOURCE}/webhook", WEBHOOK_SECRET)
    with without_webhooks(cloud), switched_off(cloud, "Archive", "Notify"):
        cloud.orchestrator.put_webhook(SOURCE, webhook_url(cloud, SOURCE), secret=WEBHOOK_SECRET)
        cloud.orchestrator.begin(Life(SEED))
        bodies, futures = cloud.orchestrator.live(DAY)
        assert Counter(future.result().status for future in futures) == {200: len(bodies)}
        eventually(lambda: not waiting(cloud, "StateQueue"), "the day in state", WITHIN_SECONDS)
        yield cloud.orchestrator.truth()


def test_every_entity_is_held_and_no_other(cloud: LocalCloud, truth: Truth) -> None:
    assert len(truth) > 500
    assert statuses(cloud) == {place: entity.status for place, entity in truth.items()}


def test_every_field_held_is_true(cloud: LocalCloud, truth: Truth) -> None:
    for place, item in held(cloud).items():
        entity = truth[place]
        fields = {name: text(value) for name, value in item.items() if name not in OURS}
        assert fields == {name: text(entity.fields.get(name, "")) for name in fields}, place
        assert "folderid" not in item or int(item["folderid"]) in entity.folders, place


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
