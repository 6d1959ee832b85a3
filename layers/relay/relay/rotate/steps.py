"""The four steps of a rotation, as Secrets Manager calls them; each may be cut off anywhere and is then called again.

Source: AWS, Secrets Manager user guide, "Lambda rotation functions". A failed step makes Secrets Manager repeat all of
them with the same token, which is also the id of the new version.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from relay.errors import Refused, RelayError
from relay.lease import Lease, LeaseTaken, held
from relay.rotate.ends import CURRENT, PENDING, SENT, Ends
from relay.telemetry import count, logger

LEASE_SECONDS = 960  # longer than a step may take: the function's Timeout is 900
_PATIENCE_SECONDS, _PAUSE_SECONDS = 180, 5  # how long a step waits for a sync run to end, and between looks
_SECRET_BYTES = 32  # 64 hexadecimal digits: no page can mangle them, and Orchestrator takes at most 100 characters


@contextmanager
def counted() -> Iterator[None]:
    """Count a step that fails, or does not."""
    try:
        yield
    except RelayError:
        count("RotationFailed")
        raise
    count("RotationFailed", 0)


class Rotation:
    """One source's rotation. The lease is the one writer's, shared with sync; a step cut off finds it its own again.

    After `settle_seconds` every warm ingest has read a new value.
    """

    def __init__(
        self, ends: Ends, lease: Lease, settle_seconds: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._ends = ends
        self._secret = ends.secret
        self._lease = lease
        self._settle_seconds = settle_seconds
        self._sleep = sleep

    def run(self, step: str, token: str) -> None:
        """Do one step; raises RelayError, on which Secrets Manager repeats the rotation. The last is ours alone."""
        steps = {
            "createSecret": self.create,
            "setSecret": self.send,
            "testSecret": self.test,
            "finishSecret": self.finish,
            "revokeSecret": self.revoke,
        }
        if step not in steps:
            raise Refused("unknown step of a rotation")
        steps[step](token)
        logger.info("rotation step done", extra={"step": step, "version": token})

    def create(self, token: str) -> None:
        """Undo what another rotation left behind, then make the new value, once for a token."""
        if self._secret.stages().get(CURRENT) == token:
            return
        self._undo_stranded(token)
        self._secret.put(token, secrets.token_hex(_SECRET_BYTES), PENDING)

    def send(self, token: str) -> None:
        """Give Orchestrator the new secret, after every warm ingest has read it."""
        stages = self._secret.stages()
        if stages.get(CURRENT) == token:
            return
        if stages.get(SENT) != token:  # else this step was cut off after the wait
            self._sleep(self._settle_seconds)
        self._undo_stranded(token)
        with self._writing():
            text = self._pending(token)
            self._mark_sent(token)
            self._ends.send(text)

    def test(self, token: str) -> None:
        """Prove that Orchestrator signs with the new secret; else give it AWSCURRENT back, and raise."""
        stages = self._secret.stages()
        if stages.get(CURRENT) == token or self._is_rehearsal(stages, token):
            return
        self._require_sent(token)
        try:
            self._ends.prove(token)
        except RelayError as error:
            logger.warning("new secret not proved", extra={"error": type(error).__name__, "reason": str(error)})
            with self._writing():
                self._ends.restore()
            raise

    def finish(self, token: str) -> None:
        """Make the new secret AWSCURRENT, which makes the old one AWSPREVIOUS."""
        with self._writing():
            current = self._secret.stages().get(CURRENT)
            if current != token:
                self._require_sent(token)
                self._ends.prove(token)  # sync may have written since the test
                self._secret.move(CURRENT, to=token, away_from=current)
            if self._secret.stages().get(PENDING) == token:
                self._secret.move(PENDING, to=None, away_from=token)

    def revoke(self, _: str) -> None:
        """Drop AWSPREVIOUS now."""
        with self._writing():
            self._ends.revoke()

    def _undo_stranded(self, token: str) -> None:
        if self._is_stranded(token):
            with self._writing():
                if self._is_stranded(token):
                    self._ends.restore()

    def _is_stranded(self, token: str) -> bool:
        """Whether Orchestrator may have the secret of a rotation that came to no end."""
        stages = self._secret.stages()
        return stages.get(SENT) not in (None, stages.get(CURRENT), token)

    def _is_rehearsal(self, stages: dict[str, str], token: str) -> bool:
        """Whether only the configuration is tried: then the other steps were left out, and there is no new value."""
        pending = self._secret.value(PENDING)
        return stages.get(SENT) != token and (pending is None or pending[1] == self._ends.current()[1])

    def _pending(self, token: str) -> str:
        version, text = self._secret.value(PENDING) or ("", "")
        if version != token:
            raise Refused("the new version is not the pending one: another rotation has begun")
        return text

    def _mark_sent(self, token: str) -> None:
        sent = self._secret.stages().get(SENT)
        if sent != token:
            self._secret.move(SENT, to=token, away_from=sent)

    def _require_sent(self, token: str) -> None:
        if self._secret.stages().get(SENT) != token:
            raise Refused("the new secret was taken back meanwhile")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with ExitStack() as stack:
            self._enter(stack)
            yield

    def _enter(self, stack: ExitStack) -> None:
        for _ in range(_PATIENCE_SECONDS // _PAUSE_SECONDS):
            try:
                stack.enter_context(held(self._lease))
            except LeaseTaken:
                self._sleep(_PAUSE_SECONDS)
            else:
                return
        stack.enter_context(held(self._lease))
