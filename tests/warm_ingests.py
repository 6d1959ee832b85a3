"""Ingests that read a secret's stages at different times, fast and slow."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from relay.keyring import STAGES, Keyring
from relay.orchestrator.signature import sign
from relay.request import Request, verified
from tests.strict_secrets import StrictSecrets

Past = Sequence[dict[str, str]]  # the stages after each call, the latest last
_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_BODY = b'{"Type":"job.started"}'


class Ingest:
    """A warm ingest, whose stages are `age` seconds old at first, or a cold one that reads them now.

    A slow one, (split, lag), has read the first `split` stages so many calls before the others.
    """

    def __init__(
        self,
        vault: StrictSecrets,
        past: Past,
        clock: Callable[[], float],
        *,
        age: float = 0,
        slow: tuple[int, int] = (0, 0),
    ) -> None:
        self.name = f"ingest aged {age}, slow {slow}"
        self._vault, self._past, self._slow, self._age = vault, past, slow, age
        self._keyring = Keyring(self._read, "relay/sources", lambda: clock() - self._age)
        if age:
            self._keyring.keys("main")
            self._age = 0

    def take(self, secret: str) -> str:
        return verified(_signed(secret), self._keyring)

    def _read(self, _: str, stage: str) -> tuple[str, str] | None:
        split, lag = self._slow
        late = STAGES.index(stage) < split and lag < len(self._past)
        stages = self._past[-1 - lag] if late else self._vault.stages
        version = stages.get(stage, "")
        text = self._vault.values.get(version)
        return (version, text) if text is not None else None


_SIGNED: dict[str, Request] = {}


def _signed(secret: str) -> Request:
    """The same request for the same secret, as signing is what takes long here."""
    if secret not in _SIGNED:
        _SIGNED[secret] = Request("main", _NOW, sign(_BODY, secret.encode()), _BODY)
    return _SIGNED[secret]
