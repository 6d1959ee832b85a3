"""A rotation as Secrets Manager calls it, while events go on coming, with a source of its own."""

import hashlib
import itertools
import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
import yaml

from local.cloud import LocalCloud
from local.orchestrator import CLIENT_ID, CLIENT_SECRET, Delivery, Webhook
from relay.orchestrator import sources
from tests.local_cloud import Archive, eventually, log, none_left, put_secret, webhook_url, without_webhooks

SOURCE = "rotated"
OLD = "the secret before the rotation"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
PAUSE_SECONDS = 0.1
WAITED = {"SETTLE_SECONDS": "1"}  # 120 in template.yaml
ONGOING = 10  # events between the steps


class Traffic:
    """Has Orchestrator raise one event after the other until it is stopped, whatever becomes of them."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._orchestrator = cloud.orchestrator
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._raise_events)
        self.sent: list[tuple[bytes, Future[Delivery]]] = []

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _raise_events(self) -> None:
        for number in itertools.count():
            if self._stopped.wait(PAUSE_SECONDS):
                return
            job = {"Key": f"rotation-{number}", "State": "Running"}
            body = self._orchestrator.ledger.event("job.started", Job=job)
            self.sent += [(body, future) for future in self._orchestrator.send(body)]

    def goes_on(self, events: int) -> None:
        """Return when so many more events have been answered."""
        wanted = len(self.sent) + events
        eventually(lambda: sum(future.done() for _, future in list(self.sent)) >= wanted, "traffic")


@pytest.fixture
def webhook(cloud, tmp_path) -> Iterator[Webhook]:
    """The webhook of a source whose secret the functions may change."""
    base_url = sources.load(cloud.config).base_url("main")
    (tmp_path / "sources.yaml").write_text(
        yaml.safe_dump({"sources": {SOURCE: {"base_url": base_url, "mode": "enforce"}}})
    )
    put_secret(cloud, f"sources/{SOURCE}/webhook", OLD)
    credential = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    put_secret(cloud, f"sources/{SOURCE}/api", json.dumps(credential))
    function = cloud.stack.functions["RotateFunction"]
    cloud.host.set_environment(function, {"CONFIG_PATH": str(tmp_path), "POWERTOOLS_LOG_LEVEL": "DEBUG", **WAITED})
    with without_webhooks(cloud):
        yield cloud.orchestrator.put_webhook(SOURCE, webhook_url(cloud, SOURCE), secret=OLD)
    cloud.host.set_environment(function, {})


class Secret:
    """The source's secret, as Secrets Manager and whoever looks at it there know it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud, self._client = cloud, cloud.aws.client("secretsmanager")
        self.arn = self._client.describe_secret(SecretId=f"{cloud.stack.name}/sources/{SOURCE}/webhook")["ARN"]

    def step(self, name: str, token: str) -> None:
        asked = {"SecretId": self.arn, "ClientRequestToken": token, "Step": name}
        answer = self._cloud.host.invoke(self._cloud.stack.functions["RotateFunction"], json.dumps(asked).encode())
        assert answer.function_error is None, (name, answer.payload)

    def stages(self) -> dict[str, str]:
        versions = self._client.describe_secret(SecretId=self.arn)["VersionIdsToStages"]
        return {stage: version for version, stages in versions.items() for stage in stages}

    def current(self) -> str:
        value: str = self._client.get_secret_value(SecretId=self.arn)["SecretString"]
        return value


def test_rotation_under_traffic_refuses_no_event(cloud: LocalCloud, archive: Archive, webhook: Webhook) -> None:
    secret, token = Secret(cloud), str(uuid.uuid4())
    before = secret.stages()["AWSCURRENT"]

    with Traffic(cloud) as traffic:
        traffic.goes_on(ONGOING)
        for step in STEPS:
            secret.step(step, token)
            secret.step(step, token)  # Secrets Manager may call any step again
            if step == "createSecret":
                # What two minutes bring about: every ingest at work from now on has read the new value.
                cloud.host.restart(cloud.stack.functions["IngestFunction"])
            traffic.goes_on(ONGOING)

    outcomes = Counter((done.outcome, done.status) for done in (future.result() for _, future in traffic.sent))
    assert set(outcomes) == {("delivered", 200)}
    assert secret.stages() == {"AWSCURRENT": token, "AWSPREVIOUS": before, "RELAYSENT": token}
    (there,) = cloud.orchestrator.webhooks.all()
    assert there.secret == secret.current() != OLD
    assert [text for text in (OLD, secret.current(), CLIENT_SECRET) if text in log(cloud, "RotateFunction")] == []
    digests = [hashlib.sha256(body).hexdigest() for body, _ in traffic.sent]
    signed = signatures(archive, digests)
    assert Counter(signed).keys() == {before, token}
    assert signed[0] == before
    assert signed[-1] == token


def signatures(archive: Archive, digests: list[str]) -> list[str]:
    """Return by which version of the secret each event was signed, once all are archived."""
    none_left(lambda: set(digests) - {event.datasha256 for event in archive.events()}, "events in the archive")
    versions = {event.datasha256: event.secretversion for event in archive.events()}
    return [versions[digest] for digest in digests]
