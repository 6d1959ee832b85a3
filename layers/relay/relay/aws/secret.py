"""Secrets Manager: the values a secret has under its stages, and the moves of a stage from version to version."""

from collections.abc import Callable
from typing import Any

from relay.aws.client import Failure, code_of, translated
from relay.errors import RelayError, SettingsError

Value = tuple[str, str]  # (version, text)
_ABSENT = "ResourceNotFoundException"


class Secrets:
    """Reads values; keeps none. Errors name no secret, since whoever sends a request chooses part of the name."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def value(self, secret_id: str, stage: str = "AWSCURRENT") -> Value | None:
        """Return (version, text) of a stage, None where secret or stage do not exist; raises Unavailable."""
        try:
            return _value(self._client, secret_id, stage)
        except Failure as error:
            raise translated(error, "a secret could not be read") from None


class Secret:
    """One secret, by name or ARN, with its stages; errors name it, and show no value.

    Every call raises Unavailable, and SettingsError where the secret has to be made or restored first.
    """

    def __init__(self, client: Any, secret_id: str) -> None:
        self._client = client
        self._id = secret_id

    def value(self, stage: str) -> Value | None:
        """Return (version, text) of a stage, None where the stage is on no version, or on one without a value yet."""
        try:
            return _value(self._client, self._id, stage)
        except Failure as error:
            raise self._failure(error, "could not be read") from None

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
            raise self._failure(error, "did not take a value") from None
        return True

    def move(self, stage: str, *, to: str | None, away_from: str | None) -> None:
        """Put a stage on a version, or on none, if it is where it is expected; AWSCURRENT leaves AWSPREVIOUS behind."""
        ends = {"MoveToVersionId": to, "RemoveFromVersionId": away_from}
        named = {name: version for name, version in ends.items() if version}
        try:
            self._client.update_secret_version_stage(SecretId=self._id, VersionStage=stage, **named)
        except Failure as error:
            raise translated(error, f"the stage {stage} of the secret {self._name} could not be moved") from None

    def _described(self) -> dict[str, Any]:
        try:
            described: dict[str, Any] = self._client.describe_secret(SecretId=self._id)
        except Failure as error:
            raise self._failure(error, "could not be described") from None
        return described

    @property
    def _name(self) -> str:
        return self._id.rpartition(":")[2]

    def _failure(self, error: BaseException, what: str) -> RelayError:
        """Source of the codes: AWS, Secrets Manager API reference, the errors of each action."""
        code = code_of(error)
        if code == _ABSENT:
            return SettingsError(f"the secret {self._name} does not exist: `relayctl source add` makes it")
        if code == "InvalidRequestException":
            return SettingsError(
                f"the secret {self._name} is scheduled for deletion: restore it (`aws secretsmanager restore-secret`) "
                "or switch its source off"
            )
        return translated(error, f"the secret {self._name} {what}")


def reader(client: Any) -> Callable[[str, str], Value | None]:
    """Return what reads a stage of a secret, by its id, as `Secret` does."""
    return lambda secret_id, stage: Secret(client, secret_id).value(stage)


def _value(client: Any, secret_id: str, stage: str) -> Value | None:
    try:
        answer = client.get_secret_value(SecretId=secret_id, VersionStage=stage)
    except Failure as error:
        if code_of(error) == _ABSENT:  # the secret, or the stage
            return None
        raise
    return str(answer["VersionId"]), str(answer.get("SecretString", ""))


_CHANGES = ("CreatedDate", "LastChangedDate", "LastRotatedDate")
