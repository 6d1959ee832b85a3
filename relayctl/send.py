"""`relayctl send`: sign bodies as Orchestrator does and post them byte for byte."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from local.aws import client as local_client
from local.orchestrator import SIGNATURE_HEADER, Attempt, post
from relay.aws.secret import Secret
from relay.errors import RelayError
from relay.orchestrator.signature import sign
from relayctl.outputs import aws_outputs
from relayctl.telling import sentence

LOCAL_STACK = "relay"
TIMEOUT_SECONDS = 30.0  # what an HTTP API allows its integration


class CannotSend(Exception):
    """Nothing was sent; the text says why and what to do."""


@dataclass(frozen=True)
class Destination:
    """A source's webhook: its URL (which holds the stack's token) and what signs for it."""

    url: str = field(repr=False)
    secret: bytes = field(repr=False)

    def at(self, url: str | None) -> Self:
        """Return the same with another URL, where one is given."""
        return replace(self, url=url) if url else self

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


def send(files: Sequence[Path], destination: Destination, *, say: Callable[[str], None] = print) -> int:
    """Post each file, say a line about it, return 1 if any answer was not a 2xx. Raises CannotSend, nothing sent."""
    bodies = [_read(file) for file in files]
    attempts = []
    for file, body in zip(files, bodies, strict=True):
        attempts.append(_post(body, destination))
        say(_line(file, attempts[-1]))
    unanswered = sum(attempt.status is None for attempt in attempts)
    if unanswered:
        say(f"{destination.host} did not answer {unanswered} of {len(files)} files. Is it up, and the URL right?")
    return 0 if all(attempt.succeeded for attempt in attempts) else 1


def local_destination(outputs: Mapping[str, str], source: str = "main") -> Destination:
    """Return a source of the local cloud, its secret as it is now: a rotation may have changed main's."""
    url = _url_of(outputs, source)
    secrets = local_client("secretsmanager", outputs["AwsEndpointUrl"])
    return Destination(url, _secret_of(secrets, LOCAL_STACK, source))


def aws_destination(stack: str, source: str = "main", *, region: str | None, profile: str | None) -> Destination:
    """Return a source of a deployed stack, by its outputs and secret; raises CannotRead or CannotSend."""
    import boto3

    outputs = aws_outputs(stack, region=region, profile=profile)
    secrets = boto3.Session(profile_name=profile, region_name=region).client("secretsmanager")
    return Destination(_url_of(outputs, source), _secret_of(secrets, stack, source))


def _url_of(outputs: Mapping[str, str], source: str) -> str:
    """Sources differ in the last part of the URL only; the output is main's."""
    if "WebhookUrl" not in outputs:
        raise CannotSend("The stack has no output WebhookUrl. Is it a stack of this application?")
    return f"{outputs['WebhookUrl'].rpartition('/')[0]}/{source}"


def _secret_of(client: Any, stack: str, source: str) -> bytes:
    name = f"{stack}/sources/{source}/webhook"
    try:
        value = Secret(client, name).value("AWSCURRENT")
    except RelayError as error:
        raise CannotSend(sentence(error)) from error
    if value is None or not value[1]:
        raise CannotSend(f"The secret {name} does not exist or is empty. Is {source} a source of this stack?")
    return value[1].encode()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CannotSend(f"{file} cannot be read: {error.strerror}.") from error


def _post(body: bytes, destination: Destination) -> Attempt:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "relayctl",
        SIGNATURE_HEADER: sign(body, destination.secret),
    }
    return post(destination.url, body, headers, timeout=TIMEOUT_SECONDS)


def _line(file: Path, attempt: Attempt) -> str:
    reason = f"  {attempt.error}" if attempt.error else ""
    return f"{attempt.status or 'none':>4} {attempt.seconds * 1000:7.0f} ms  {file.name}{reason}"
