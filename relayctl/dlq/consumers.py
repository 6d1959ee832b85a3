"""The consumers that have a dead-letter queue, and where a stack has them."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relayctl.dlq.failures import CannotOperate
from relayctl.dlq.letters import DeadLetters
from relayctl.outputs import clients_of, read_outputs


@dataclass(frozen=True)
class Consumer:
    """Whose dead letters they are, what they mean, and what remains of those that are dropped."""

    name: str
    meaning: str
    remains: str

    @property
    def queue(self) -> str:
        return f"{self.name.capitalize()}Queue"

    @property
    def dead_letter_queue(self) -> str:
        return f"{self.name.capitalize()}DeadLetterQueue"


_ARCHIVED = "The events may still be in the archive."
CONSUMERS = (
    Consumer(
        "spool",
        "webhook requests that drain could not publish; nothing else holds them",
        "Nothing else holds requests that were never published.",
    ),
    Consumer(
        "archive",
        "events that archive could not write; not in the bucket",
        "They are not in the archive; state and notices may still tell of them.",
    ),
    Consumer("state", "events that state could not merge; the table lacks them", _ARCHIVED),
    Consumer("notify", "events that notify could not judge; nobody was told", _ARCHIVED),
    Consumer("delivery", "notices that a receiver refused, or did not take for 3 days", _ARCHIVED),
)


@dataclass(frozen=True)
class Place:
    """A stack's outputs and the clients to ask there; `local` means the relay on this computer."""

    outputs: Mapping[str, str]
    local: bool
    sqs: Any
    cloudwatch: Any

    def has(self, consumer: Consumer) -> bool:
        return f"{consumer.dead_letter_queue}Url" in self.outputs

    def letters(self, consumer: Consumer) -> DeadLetters:
        """Return a consumer's dead-letter queue; raises CannotOperate where the stack has none."""
        if not self.has(consumer):
            raise CannotOperate(f"The stack has no output {consumer.dead_letter_queue}Url. Deploy this version first.")
        dead, queue = consumer.dead_letter_queue, consumer.queue
        return DeadLetters(self.sqs, (dead, self.outputs[f"{dead}Url"]), (queue, self.outputs[f"{queue}Url"]))


def consumer_named(name: str) -> Consumer:
    """Return the consumer of this name; raises CannotOperate."""
    for consumer in CONSUMERS:
        if consumer.name == name:
            return consumer
    raise CannotOperate(f"There is no consumer {name}. Consumers: {', '.join(each.name for each in CONSUMERS)}.")


def place(wanted: argparse.Namespace) -> Place:
    """Return the stack that `--stack`, or else `--port`, names; raises CannotRead."""
    outputs = read_outputs(wanted)
    client = clients_of(wanted, outputs)
    return Place(outputs, not wanted.stack, client("sqs"), client("cloudwatch"))
