"""Secrets Manager as the operator uses it: which secrets there are, made and filled, and their rotation begun."""

import string
from secrets import choice
from typing import Any, Literal

from relay.aws.client import Failure, code_of, translated
from relay.aws.secret import Secret

Standing = Literal["absent", "deleted", "empty", "filled"]
_LETTERS = string.ascii_letters + string.digits
_LENGTH = 64  # as in template.yaml; Orchestrator takes at most 100 characters


class Vault:
    """Secrets by their names; every call raises SettingsError, Unavailable or Refused, no error shows a value."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin so, in order."""
        pages = self._client.get_paginator("list_secrets")
        try:
            found = [
                str(secret["Name"])
                for page in pages.paginate(Filters=[{"Key": "name", "Values": [prefix]}])
                for secret in page["SecretList"]
            ]
        except Failure as error:
            raise translated(error, "secrets could not be listed") from None
        return sorted(name for name in found if name.startswith(prefix))

    def standing(self, name: str) -> Standing:
        """Tell whether a secret is there and has a value; `deleted` is one that can still be restored."""
        described = self._described(name)
        if described is None:
            return "absent"
        if described.get("DeletedDate"):
            return "deleted"
        return "filled" if self.text(name) else "empty"

    def text(self, name: str) -> str:
        """Return a secret's current value, nothing where there is none."""
        _, text = Secret(self._client, name).value("AWSCURRENT") or ("", "")
        return text

    def make(self, name: str, description: str) -> None:
        """Make a secret without a value; no harm if somebody was faster."""
        try:
            self._client.create_secret(Name=name, Description=description)
        except Failure as error:
            if code_of(error) != "ResourceExistsException":
                raise translated(error, f"the secret {name} could not be made") from None

    def fill(self, name: str, text: str) -> None:
        """Give a secret a value."""
        try:
            self._client.put_secret_value(SecretId=name, SecretString=text)
        except Failure as error:
            raise translated(error, f"the secret {name} could not be filled") from None

    def rotates(self, name: str) -> bool:
        """Whether Secrets Manager itself rotates it, as the template says."""
        return bool((self._described(name) or {}).get("RotationEnabled"))

    def rotate(self, name: str, token: str) -> None:
        """Have Secrets Manager begin a rotation to a version of this id."""
        try:
            self._client.rotate_secret(SecretId=name, ClientRequestToken=token)
        except Failure as error:
            raise translated(error, f"Secrets Manager did not begin to rotate the secret {name}") from None

    def _described(self, name: str) -> dict[str, Any] | None:
        try:
            described: dict[str, Any] = self._client.describe_secret(SecretId=name)
        except Failure as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise translated(error, f"the secret {name} could not be described") from None
        return described


def generated() -> str:
    """Return a new secret that no page can mangle."""
    return "".join(choice(_LETTERS) for _ in range(_LENGTH))
