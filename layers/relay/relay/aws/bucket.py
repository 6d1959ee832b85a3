"""The archive bucket in S3: archived events under events/, claim-checked bodies under payloads/."""

from typing import Any

from relay.aws.client import Failure, translated
from relay.errors import MalformedEnvelope


class Bucket:
    """Objects by key, and bodies by the digest of their content."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store an object; raises Unavailable."""
        try:
            self._client.put_object(Bucket=self._name, Key=key, Body=content, ContentType=content_type)
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
        try:
            answer = self._client.get_object(Bucket=self._name, Key=f"payloads/{sha256}")
            content: bytes = answer["Body"].read()
        except Failure as error:
            raise translated(error, "the bucket did not give a payload") from None
        return content

    def _dataref(self, sha256: str) -> str:
        return f"s3://{self._name}/payloads/{sha256}"
