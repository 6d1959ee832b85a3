"""Secrets Manager: the values a secret has under its stages."""

from typing import Any

from relay.aws.client import Failure, code_of, translated


class Secrets:
    """Reads values; keeps none."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def value(self, secret_id: str, stage: str = "AWSCURRENT") -> tuple[str, str] | None:
        """Return (version, text) of a stage, None where secret or stage do not exist; raises Unavailable."""
        try:
            answer = self._client.get_secret_value(SecretId=secret_id, VersionStage=stage)
        except Failure as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise translated(error, "a secret could not be read") from None
        return str(answer["VersionId"]), str(answer.get("SecretString", ""))
