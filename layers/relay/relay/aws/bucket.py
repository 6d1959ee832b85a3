"""The archive bucket in S3: archived events under events/, claim-checked bodies under payloads/."""

from collections.abc import Iterator
from typing import Any

from relay.aws.client import Failure, confirmed, translated
from relay.errors import MalformedEnvelope


class Bucket:
    """Objects by key, and bodies by the digest of their content."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store an object; raises Unavailable."""
        try:
            answer = self._client.put_object(Bucket=self._name, Key=key, Body=content, ContentType=content_type)
            confirmed(answer, "ETag")
        except Failure as error:
            raise translated(error, "the bucket did not take an object") from None

    def deposit(self, body: bytes, sha256: str) -> str:
        """Store a body under its own digest and return its `dataref`; storing it again changes nothing."""
        self.put(f"payloads/{sha256}", body, "application/octet-stream")
        return self._dataref(sha256)

    def claim(self, dataref: str, sha256: str) -> bytes:
        """Return the body a `dataref` of ours names; raises MalformedEnvelope for any other place, Unavailable."""
        if dataref != self._dataref(sha256):
            raise MalformedEnvelope("dataref names no payload of this relay")
        return self.get(f"payloads/{sha256}")

    def get(self, key: str) -> bytes:
        """Return an object's content; raises Unavailable."""
        try:
            answer = self._client.get_object(Bucket=self._name, Key=key)
            content: bytes = answer["Body"].read()
        except Failure as error:
            raise translated(error, "the bucket did not give an object") from None
        return content

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a prefix in their order; raises Unavailable."""
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix):
                yield from (found["Key"] for found in page.get("Contents", ()))
        except Failure as error:
            raise translated(error, "the bucket did not list its objects") from None

    def delete(self, key: str) -> None:
        """Forget an object; raises Unavailable."""
        try:
            self._client.delete_object(Bucket=self._name, Key=key)
        except Failure as error:
            raise translated(error, "the bucket did not delete an object") from None

    def _dataref(self, sha256: str) -> str:
        return f"s3://{self._name}/payloads/{sha256}"
