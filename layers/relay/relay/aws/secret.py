"""Secrets Manager: the values a secret has under its stages, and the moves of a stage from version to version."""

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
            return str(answer["VersionId"]), str(answer.get("SecretString", ""))
        except Failure as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise translated(error, "a secret could not be read") from None


class Secret:
    """One secret, by name or ARN, with its stages; every call raises Unavailable, no error shows a value."""

    def __init__(self, client: Any, secret_id: str) -> None:
        self._client = client
        self._id = secret_id

    def value(self, stage: str) -> tuple[str, str] | None:
        """Return (version, text) of a stage, None where the stage is on no version, or on one without a value yet."""
        return Secrets(self._client).value(self._id, stage)

    def stages(self) -> dict[str, str]:
        """Return the version each stage is on."""
        versions = self._described().get("VersionIdsToStages", {})
        return {stage: version for version, stages in versions.items() for stage in stages}

    def changed_at(self) -> float:
        """Return when the secret last changed in any way, a stage's move included, in epoch seconds."""
        described = self._described()
        return max((described[name].timestamp() for name in _CHANGES if described.get(name)), default=0.0)

    def put(self, version: str, text: str, stage: str) -> bool:
        """Store a value as a version of this id, under a stage; False if the version has another value, which stays."""
        try:
            self._client.put_secret_value(
                SecretId=self._id, ClientRequestToken=version, SecretString=text, VersionStages=[stage]
            )
        except Failure as error:
            if code_of(error) == "ResourceExistsException":
                return False
            raise translated(error, "a secret's value could not be stored") from None
        return True

    def move(self, stage: str, *, to: str | None, away_from: str | None) -> None:
        """Put a stage on a version, or on none, if it is where it is expected; AWSCURRENT leaves AWSPREVIOUS behind."""
        ends = {"MoveToVersionId": to, "RemoveFromVersionId": away_from}
        named = {name: version for name, version in ends.items() if version}
        try:
            self._client.update_secret_version_stage(SecretId=self._id, VersionStage=stage, **named)
        except Failure as error:
            raise translated(error, f"the stage {stage} could not be moved") from None

    def _described(self) -> dict[str, Any]:
        try:
            described: dict[str, Any] = self._client.describe_secret(SecretId=self._id)
        except Failure as error:
            raise translated(error, "a secret could not be described") from None
        return described


_CHANGES = ("CreatedDate", "LastChangedDate", "LastRotatedDate")
