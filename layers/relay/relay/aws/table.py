"""A DynamoDB table of items under `pk` and `sk`, with the index `ByStatus` under `index_pk` and `index_sk`.

Items are flat, of text and whole numbers; `expires` (epoch seconds) is the table's TTL attribute.
"""

from collections.abc import Iterator
from typing import Any

from relay.aws.client import Failure, code_of, translated

Item = dict[str, str | int]
INDEX = "ByStatus"
_LOST = "ConditionalCheckFailedException"


class Table:
    """One table, named; every call raises Unavailable, or Refused for what DynamoDB never takes."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item as last written, not as some replica remembers it."""
        try:
            answer = self._client.get_item(
                TableName=self._name, Key=_encoded({"pk": pk, "sk": sk}), ConsistentRead=True
            )
        except Failure as error:
            raise translated(error, "the table did not give an item") from None
        return _decoded(answer["Item"]) if "Item" in answer else None

    def put_first(self, item: Item) -> bool:
        """Store an item where none is yet; False if one exists, which stays as it was."""
        return self._put(item, ConditionExpression="attribute_not_exists(pk)")

    def replace(self, item: Item, revision: int) -> bool:
        """Store an item over that whose `revision` is this (0: over none); False if another writer was faster."""
        if not revision:
            return self.put_first(item)
        return self._put(
            item,
            ConditionExpression="#revision = :revision",
            ExpressionAttributeNames={"#revision": "revision"},
            ExpressionAttributeValues=_encoded({":revision": revision}),
        )

    def timeline(self, pk: str) -> Iterator[Item]:
        """Yield the events of an entity, oldest first."""
        return self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :event)",
            ExpressionAttributeValues=_encoded({":pk": pk, ":event": "event#"}),
        )

    def query(self, index_pk: str, page: int) -> Iterator[Item]:
        """Yield the items of one key of the index, newest first, `page` at a read; it lags a moment behind."""
        return self._query(
            IndexName=INDEX,
            KeyConditionExpression="index_pk = :pk",
            ExpressionAttributeValues=_encoded({":pk": index_pk}),
            ScanIndexForward=False,
            Limit=page,
        )

    def _put(self, item: Item, **condition: Any) -> bool:
        try:
            self._client.put_item(TableName=self._name, Item=_encoded(item), **condition)
        except Failure as error:
            if code_of(error) == _LOST:
                return False
            raise translated(error, "the table did not take an item") from None
        return True

    def _query(self, **asked: Any) -> Iterator[Item]:
        try:
            for page in self._client.get_paginator("query").paginate(TableName=self._name, **asked):
                yield from map(_decoded, page["Items"])
        except Failure as error:
            raise translated(error, "the table did not answer a query") from None


def _encoded(item: Item) -> dict[str, dict[str, str]]:
    return {name: {"S": value} if isinstance(value, str) else {"N": str(value)} for name, value in item.items()}


def _decoded(attributes: dict[str, dict[str, str]]) -> Item:
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in attributes.items()}
