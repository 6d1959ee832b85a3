import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.runtime import Function, NotStarted, RoleCredentials

pytestmark = pytest.mark.unit


class Sts:
    """Gives sessions of so many seconds, numbered."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.sessions: list[str] = []

    def assume_role(self, **asked: Any) -> dict[str, Any]:
        self.sessions.append(f"{asked['RoleArn']} {asked['RoleSessionName']}")
        end = datetime.fromtimestamp(time.time() + self.seconds, UTC)
        key = f"KEY{len(self.sessions)}"
        return {"Credentials": {"AccessKeyId": key, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end}}


class NoSts:
    def assume_role(self, **_: Any) -> dict[str, Any]:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


def function(name: str) -> Function:
    return Function(name, Path("/nowhere"), role=f"role-{name}")


def test_each_role_is_assumed_once_in_its_functions_name():
    sts = Sts(3600)
    credentials = RoleCredentials(sts)

    keys = [credentials(function(name)).access_key_id for name in ("ingest", "state", "ingest")]

    assert keys == ["KEY1", "KEY2", "KEY1"]
    assert sts.sessions == ["role-ingest ingest", "role-state state"]


def test_session_near_its_end_is_renewed():
    credentials = RoleCredentials(Sts(899))

    assert [credentials(function("ingest")).access_key_id for _ in range(2)] == ["KEY1", "KEY2"]


def test_credentials_are_not_printed():
    assert "KEY1" not in repr(RoleCredentials(Sts(3600))(function("ingest")))


def test_role_that_cannot_be_assumed_starts_nothing():
    with pytest.raises(NotStarted, match="ingest cannot be assumed"):
        RoleCredentials(NoSts())(function("ingest"))
