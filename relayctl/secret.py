"""`relayctl secret`: a rotation begun by hand and followed to its end, and the end of the secret before."""

import argparse
import time
import uuid
from collections.abc import Callable, Iterator

from relay.errors import RelayError
from relay.rotate import ends
from relay.rotate.ends import CURRENT, PENDING, PREVIOUS, SENT
from relay.rotate.source import rotatable
from relay.rotate.steps import Rotation
from relay.sync.tenant import Tenant
from relayctl.stack import CannotOperate, Stack, stack_of
from relayctl.telling import note, reported, say

FOLLOW_SECONDS = 1200  # Secrets Manager repeats a failed step for longer than anybody watches
LOOK_SECONDS = 3.0
STEPS = {
    "createSecret": "the new value is made",
    "setSecret": "Orchestrator has it",
    "testSecret": "a ping of every webhook was signed with it, and arrived",
    "finishSecret": "it is current; the one before is accepted for another day",
}

Stages = Callable[[], dict[str, str]]


def run(wanted: argparse.Namespace) -> int:
    """Do what the arguments say, return the exit code."""
    act = {"rotate": rotate, "revoke": revoke}[wanted.action]
    return reported(lambda: act(stack_of(wanted), wanted.source))


def rotate(stack: Stack, name: str) -> int:
    """Rotate a source's secret: by Secrets Manager where the template lets it rotate, else by the same steps here."""
    tenant, token = _own(stack, name), str(uuid.uuid4())
    if not stack.local and stack.vault.rotates(stack.secret_name(name)):
        stack.vault.rotate(stack.secret_name(name), token)
        say(f"{name}: Secrets Manager has begun to rotate to version {token}")
        log = f"the log of {stack.outputs.get('RotateFunctionName', 'the rotate function')} says why"
        for told in followed(stack.secret(name).stages, token, log):
            say(f"✓ {told}")
    else:
        _rotate_here(stack, tenant, token)
    return 0


def revoke(stack: Stack, name: str) -> int:
    """Drop AWSPREVIOUS, after Orchestrator has proved to sign with the current secret."""
    tenant, secret = _own(stack, name), stack.secret(name)
    stages = secret.stages()
    if stages.get(SENT) not in (None, stages.get(CURRENT)) and stages[SENT] == stages.get(PENDING):
        raise CannotOperate(
            f"A rotation of {name} is under way, or was cut off. Wait for its end, "
            f"or run {stack.command(f'secret rotate {name}')}, which undoes what was left; then revoke."
        )
    if PREVIOUS not in stages:
        say(f"{name}: no earlier secret is accepted, so there is nothing to revoke")
        return 0
    note(f"Pings the webhooks of {name}, then waits {ends.GRACE_SECONDS:.0f} s for what was signed before ...")
    _rotation(stack, tenant).revoke(stages[PREVIOUS])
    say(f"✓ {name}: version {stages[PREVIOUS]} is no longer accepted, by warm functions within a minute")
    return 0


def followed(stages: Stages, token: str, log: str, sleep: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Yield what Secrets Manager's own rotation has come to, as the stages show it; raises CannotOperate."""
    sent = False
    for _ in range(int(FOLLOW_SECONDS / LOOK_SECONDS)):
        now = stages()
        if now.get(SENT) == token and not sent:
            sent = True
            yield f"setSecret: {STEPS['setSecret']}, or will at once"
        if now.get(CURRENT) == token and now.get(PENDING) != token:
            yield f"finishSecret: {STEPS['finishSecret']}"
            return
        if sent and token not in (now.get(SENT), now.get(CURRENT)):
            raise CannotOperate(f"Orchestrator did not prove the new secret, so the current one was restored: {log}.")
        sleep(LOOK_SECONDS)
    raise CannotOperate(f"The rotation has not ended within {FOLLOW_SECONDS // 60} minutes: {log}.")


def _own(stack: Stack, name: str) -> Tenant:
    """Return a source whose webhooks this relay may change; raises CannotOperate, Refused."""
    tenant = stack.tenant(name)
    rotatable(stack.sources, name)
    return tenant


def _rotate_here(stack: Stack, tenant: Tenant, token: str) -> None:
    """Do the four steps; cut off, the next rotation undoes what this one left."""
    rotation = _rotation(stack, tenant)
    say(f"{tenant.name}: rotating to version {token}")
    note(f"Waits {ends.SETTLE_SECONDS:.0f} s until every function knows the new secret, then for pings ...")
    for step, told in STEPS.items():
        try:
            rotation.run(step, token)
        except (RelayError, KeyboardInterrupt):
            say(f"✗ {step}: not done. The secret before is accepted as well; run it again, which begins by undoing.")
            raise
        say(f"✓ {step}: {told}")


def _rotation(stack: Stack, tenant: Tenant) -> Rotation:
    lease = stack.lease(tenant.name)
    return Rotation(stack.ends(tenant, lease.check), lease, ends.SETTLE_SECONDS)
