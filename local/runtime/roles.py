"""Credentials of a function's own role, so that the embedded AWS enforces its policies."""

import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.runtime.answer import NotStarted
from local.runtime.function import Credentials, Function

LONGEST = 3600
"""Seconds: the longest session of a role unless it says otherwise."""

MARGIN = 900
"""Seconds before expiry from which new workers get newer credentials: the longest invocation Lambda allows."""


class RoleCredentials:
    """Assumes each function's role by an STS client and remembers the session until it is nearly over."""

    def __init__(self, sts: Any) -> None:
        self.sts = sts
        self._held: dict[str, Credentials] = {}
        self._lock = threading.Lock()

    def __call__(self, function: Function) -> Credentials:
        """Credentials of the function's role, good for at least the longest invocation; raises NotStarted."""
        with self._lock:
            held = self._held.get(function.role)
            if held is None or held.expires - time.time() < MARGIN:
                held = self._held[function.role] = self._assume(function)
            return held

    def _assume(self, function: Function) -> Credentials:
        session = function.name[-64:]
        try:
            answer = self.sts.assume_role(RoleArn=function.role, RoleSessionName=session, DurationSeconds=LONGEST)
        except (BotoCoreError, ClientError) as error:
            raise NotStarted(f"the role of {function.name} cannot be assumed: {type(error).__name__}") from error
        given = answer["Credentials"]
        return Credentials(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"].timestamp()
        )
