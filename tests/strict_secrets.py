"""Secrets Manager's client for one secret, as strict as its documented rules: what they do not allow is refused.

Source: AWS, Secrets Manager API reference (PutSecretValue, UpdateSecretVersionStage, RotateSecret, GetSecretValue) and
its quotas. A version without a stage "can be deleted by Secrets Manager": here it is, at once. Other calls fail.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

MOST_STAGES = 20  # "Staging labels attached across all versions of a secret"


@cache
def _model() -> Any:
    return botocore.session.get_session().get_service_model("secretsmanager")


def _refused(operation: str, code: str, reason: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": reason}}, operation)


class StrictSecrets:
    """`values` by version, None for a version that a rotation has begun and not filled; `stages` by name."""

    def __init__(self, secret_id: str, version: str, text: str, clock: Callable[[], float]) -> None:
        self.secret_id = secret_id
        self.values: dict[str, str | None] = {version: text}
        self.stages: dict[str, str] = {"AWSCURRENT": version}
        self.clock = clock
        self.created = self.changed = clock()

    def get_secret_value(self, **asked: Any) -> dict[str, Any]:
        self._check("GetSecretValue", asked)
        if "VersionId" in asked:
            raise NotImplementedError("values are read by stage")
        version = self.stages.get(asked.get("VersionStage", "AWSCURRENT"), "")
        text = self.values.get(version)
        if text is None:
            raise _refused("GetSecretValue", "ResourceNotFoundException", "no value under this stage")
        return {"VersionId": version, "SecretString": text}

    def describe_secret(self, **asked: Any) -> dict[str, Any]:
        self._check("DescribeSecret", asked)
        versions = {
            version: [stage for stage, on in self.stages.items() if on == version] for version in self.stages.values()
        }
        dates = {"CreatedDate": self.created, "LastChangedDate": self.changed}
        return {"VersionIdsToStages": versions} | {name: datetime.fromtimestamp(at, UTC) for name, at in dates.items()}

    def put_secret_value(self, **asked: Any) -> dict[str, Any]:
        self._check("PutSecretValue", asked)
        version, text = asked["ClientRequestToken"], asked["SecretString"]
        kept = self.values.get(version)
        if kept is not None and kept != text:
            raise _refused("PutSecretValue", "ResourceExistsException", "a version cannot be modified")
        if kept is None:
            self.values[version] = text
            self._attach("PutSecretValue", version, asked.get("VersionStages", ["AWSCURRENT"]))
        return {"VersionId": version}

    def update_secret_version_stage(self, **asked: Any) -> dict[str, Any]:
        operation = "UpdateSecretVersionStage"
        self._check(operation, asked)
        stage, to, away_from = asked["VersionStage"], asked.get("MoveToVersionId"), asked.get("RemoveFromVersionId")
        on = self.stages.get(stage)
        if to is None and away_from is None:
            raise _refused(operation, "InvalidParameterException", "neither MoveToVersionId nor RemoveFromVersionId")
        if (away_from is not None and away_from != on) or (away_from is None and on not in (None, to)):
            raise _refused(operation, "InvalidParameterException", "the stage is on another version")
        if to is None and stage == "AWSCURRENT":
            raise _refused(operation, "InvalidParameterException", "AWSCURRENT can be moved, not removed")
        if to is not None and to not in self.values:
            raise _refused(operation, "ResourceNotFoundException", "no such version")
        if to is not None and stage == "AWSCURRENT" and self.values[to] is None:
            raise _refused(operation, "InvalidRequestException", "a version without a value cannot be current")
        if to is None:
            del self.stages[stage]
            self._changed()
        else:
            self._attach(operation, to, [stage])
        return {}

    def rotate_secret(self, **asked: Any) -> dict[str, Any]:
        """Begin a rotation as Secrets Manager does: AWSPENDING on a version that has no value yet."""
        self._check("RotateSecret", asked)
        if self.stages.get("AWSPENDING") not in (None, self.stages["AWSCURRENT"]):
            raise _refused("RotateSecret", "InvalidRequestException", "a previous rotation isn't complete")
        self.values.setdefault(asked["ClientRequestToken"], None)
        self._attach("RotateSecret", asked["ClientRequestToken"], ["AWSPENDING"])
        return {"VersionId": asked["ClientRequestToken"]}

    def _attach(self, operation: str, version: str, stages: Sequence[str]) -> None:
        if len({*self.stages, *stages}) > MOST_STAGES:
            raise _refused(operation, "LimitExceededException", "too many stages")
        for stage in stages:
            left = self.stages.get(stage)
            self.stages[stage] = version
            if stage == "AWSCURRENT" and left not in (None, version):
                self.stages["AWSPREVIOUS"] = str(left)
        self._changed()

    def _changed(self) -> None:
        self.changed = self.clock()
        self.values = {version: text for version, text in self.values.items() if version in self.stages.values()}

    def _check(self, operation: str, asked: dict[str, Any]) -> None:
        report = ParamValidator().validate(asked, _model().operation_model(operation).input_shape)
        if report.has_errors():
            raise AssertionError(f"{operation}: {report.generate_report()}")
        if asked["SecretId"] != self.secret_id:
            raise _refused(operation, "ResourceNotFoundException", "no such secret")
