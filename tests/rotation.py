"""A world in which a secret rotates: Orchestrator, warm ingests, a strict Secrets Manager, one clock, and crashes.

After every call of any party, and every second that somebody waits, Orchestrator delivers: signed with what each
webhook has, and had some seconds before, to ingests that read the stages at different times, some of them so slowly
that the stages move while they read. `refused` is what any of them did not take.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from relay.aws.secret import Secret
from relay.canary import Canary
from relay.errors import RelayError, Unauthorized, Unavailable, UnknownSource
from relay.lease import Lease, held
from relay.orchestrator.api import Webhook as Found
from relay.orchestrator.sources import Source
from relay.rotate import ends
from relay.rotate.ends import Ends
from relay.rotate.steps import LEASE_SECONDS, Rotation
from relay.rotate.watch import Watch
from relay.sync.tenant import Surroundings, Tenant
from tests.strict_secrets import StrictSecrets
from tests.tables import MemoryTable
from tests.warm_ingests import Ingest

SECRET_ID = "relay/sources/main/webhook"
URL = "https://relay.example/webhooks/token/main"
OLD, NEW, NEWER = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_LAGS = (1, 2, 3, 6)  # calls, or seconds, that pass while a slow ingest reads
LATE_SECONDS = (0, 1, 10, 45)  # between a delivery's signature and its arrival
PING_SECONDS = 3.0

T = TypeVar("T")


class Crash(BaseException):
    """The process has ended, without a handler of errors being run."""


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Webhook:
    """One at Orchestrator, with all the secrets it had and since when."""

    id: int
    secrets: list[tuple[float, str]]
    enabled: bool = True

    def secret(self, at: float) -> str:
        return next((secret for since, secret in reversed(self.secrets) if since <= at), self.secrets[0][1])


@dataclass
class Ping:
    webhook: Webhook
    event_id: str
    due: float


@dataclass
class World:
    """`crash` (call number, after its effect?) ends the process there; `fails` raises there instead."""

    webhook_count: int = 1
    crash: tuple[int, bool] | None = None
    fails: tuple[int, bool] | None = None
    at: dict[int, Callable[[], object]] = field(default_factory=dict)
    lost: Callable[[Ping], bool] = lambda _: False
    slow: float = 0.0  # seconds until Orchestrator signs with what it was given
    ages: tuple[float, ...] = (0, 7, 17, 29, 38, 51, 59)
    clock: Clock = field(default_factory=Clock)
    calls: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    delivered: int = 0

    def __post_init__(self) -> None:
        self.dead = self.inside = False
        self.vault = StrictSecrets(SECRET_ID, OLD, "the old secret", self.clock)
        first = [(self.clock(), "the old secret")]
        self.webhooks = [Webhook(number, list(first)) for number in range(1, self.webhook_count + 1)]
        self.table, self.pings = MemoryTable(), list[Ping]()
        self.history: deque[dict[str, str]] = deque(maxlen=max(_LAGS) + 1)
        self.warm = [self._ingest(age=age) for age in self.ages]
        self.cold = [(split, lag) for split in (1, 2, 3) for lag in _LAGS]
        self.secret = Secret(_Counted(self, self.vault), SECRET_ID)

    def step(self, name: str, token: str) -> None:
        """Do a step of a rotation, in a process of its own."""
        lease = Lease(self, "main", f"rotate-{token}", LEASE_SECONDS, self.clock)
        Rotation(self._ends(lease), lease, ends.SETTLE_SECONDS, self.sleep).run(name, token)

    def sync(self, write: Callable[[Ends], T]) -> T:
        """Have another writer do something while it holds the lease."""
        with held(Lease(self, "main", f"sync-{len(self.calls)}", LEASE_SECONDS, self.clock)) as lease:
            return write(self._ends(lease))

    def _ends(self, lease: Lease) -> Ends:
        canary = Canary(self, self, "main", self.clock, self.sleep)
        return Ends(self.secret, self, canary, URL, lease.check, self.clock, self.sleep)

    # ---- what the code under test calls

    def by_url(self, url: str) -> list[Webhook]:
        assert url == URL
        return self.call("webhooks", lambda: list(self.webhooks))

    def patch(self, webhook_id: int, fields: Any) -> object:
        webhook = self._webhook(webhook_id)
        return self.call("patch", lambda: webhook.secrets.append((self.clock() + self.slow, fields["Secret"])))

    def ping(self, webhook_id: int) -> str:
        ping = Ping(self._webhook(webhook_id), f"{len(self.calls)}", self.clock() + PING_SECONDS)
        self.call("ping", lambda: self.pings.append(ping))
        return ping.event_id

    def get(self, pk: str, sk: str) -> dict[str, str | int] | None:
        return self.call("table get", lambda: self.table.get(pk, sk))

    def replace(self, item: dict[str, str | int], revision: int) -> bool:
        return self.call("table replace", lambda: self.table.replace(item, revision))

    def sleep(self, seconds: float) -> None:
        until, often = self.clock() + seconds, max(1.0, seconds / 300)
        while self.clock() < until and not self.dead:
            self.clock.now = min(self.clock() + often, until)
            self._traffic()

    def call(self, name: str, effect: Callable[[], T]) -> T:
        """A call of whatever kind: counted, cut off as told, and traffic after it."""
        if self.dead:
            raise Crash
        number = len(self.calls)
        self.calls.append(name)
        self._end(number, after=False)
        result = effect()
        self._traffic()
        self._meanwhile(number)
        self._end(number, after=True)
        return result

    # ---- what the world does by itself

    def begin(self, token: str) -> None:
        self.vault.rotate_secret(SecretId=SECRET_ID, ClientRequestToken=token)

    def rotate(self, token: str, *, tries: int = 6) -> None:
        """Rotate as Secrets Manager does: on a failure again from the first step."""
        if self.vault.stages.get("AWSPENDING") != token:
            self.begin(token)
        for _ in range(tries):
            try:
                for step in STEPS:
                    self.step(step, token)
            except (RelayError, Crash):
                self.revive()
            else:
                return
        raise AssertionError("the rotation came to no end")

    def cancel(self) -> None:
        """Do as an operator who gives a rotation up: CancelRotateSecret, and AWSPENDING taken off its version."""
        pending = self.vault.stages.get("AWSPENDING")
        if pending not in (None, self.vault.stages["AWSCURRENT"]):
            self.secret.move("AWSPENDING", to=None, away_from=pending)

    def revive(self, seconds: float = 60.0) -> None:
        """Another process may begin, so much later."""
        self.dead = False
        self.sleep(seconds)

    def is_one(self, version: str) -> bool:
        """Whether both ends have this version and nothing is left of the way there."""
        text = self.vault.values[version]
        stages = self.vault.stages
        clean = stages["AWSCURRENT"] == stages["RELAYSENT"] == version and stages.get("AWSPENDING", version) == version
        return clean and self.holds() == {text}

    def holds(self) -> set[str]:
        return {webhook.secret(self.clock()) for webhook in self.webhooks}

    def _end(self, number: int, *, after: bool) -> None:
        if self.fails == (number, after):
            raise Unavailable("the peer did not answer")
        if self.crash == (number, after):
            self.dead = True
            raise Crash

    def _meanwhile(self, number: int) -> None:
        if number in self.at and not self.inside:
            self.inside = True
            try:
                self.at[number]()
            finally:
                self.inside = False

    def _traffic(self) -> None:
        self.history.append(dict(self.vault.stages))
        moved = any(stages != self.vault.stages for stages in self.history)
        cold = [self._ingest(), *(self._ingest(slow=slow) for slow in (self.cold if moved else ()))]
        enabled = [webhook for webhook in self.webhooks if webhook.enabled]
        for secret in {webhook.secret(self.clock() - late) for webhook in enabled for late in LATE_SECONDS}:
            for ingest in (*self.warm, *cold):
                self._deliver(ingest, secret)
        due = [ping for ping in self.pings if ping.due <= self.clock()]
        for ping in due:
            self.pings.remove(ping)
            if not self.lost(ping):
                self._arrive(ping)

    def _arrive(self, ping: Ping) -> None:
        version = self._deliver(self.warm[0], ping.webhook.secret(self.clock()))
        if version:
            self.table.put_first({"pk": f"main#ping#{ping.event_id}", "sk": "current", "secretversion": version})

    def _deliver(self, ingest: Ingest, secret: str) -> str | None:
        self.delivered += 1
        try:
            return ingest.take(secret)
        except (Unauthorized, UnknownSource):
            self.refused.append(f"{ingest.name} after call {len(self.calls)}, {self.calls[-1:]}, {self.vault.stages}")
            return None

    def _ingest(self, *, age: float = 0, slow: tuple[int, int] = (0, 0)) -> Ingest:
        return Ingest(self.vault, self.history, self.clock, age=age, slow=slow)

    def _webhook(self, webhook_id: int) -> Webhook:
        return next(webhook for webhook in self.webhooks if webhook.id == webhook_id)


def watch(world: World) -> None:
    """Have sync fly its canary, and do what that asks for."""
    webhooks = [Found(id=one.id, url=URL, enabled=one.enabled) for one in world.webhooks]
    tenant = Tenant("main", Source(), Surroundings(lambda *_: None, "relay/sources", URL.removesuffix("/main")))
    world.sync(lambda ends: Watch(lambda _: ends)(tenant, webhooks))


class _Counted:
    """The strict client, each call of it the world's."""

    def __init__(self, world: World, vault: StrictSecrets) -> None:
        self._world, self._vault = world, vault

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._vault, name)
        return lambda **asked: self._world.call(
            f"{name} {asked.get('VersionStage', '')}".strip(), lambda: method(**asked)
        )
