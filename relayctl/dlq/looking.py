"""`relayctl dlq list` and `show`: what lies in the dead-letter queues, without taking any of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from relay.aws.client import Failure
from relayctl.dlq.consumers import CONSUMERS, Consumer, Place
from relayctl.dlq.described import counted, json_line, line
from relayctl.dlq.failures import CannotOperate
from relayctl.dlq.letters import VISIBLE_AGAIN_SECONDS, DeadLetters, Message
from relayctl.dlq.sweep import Choice, Sweep

Say = Callable[[str], None]
_LISTED = "{:<9} {:>6} {:>8} {:>10} {:>8}  {}"


def list_all(place: Place, *, as_json: bool, say: Say) -> int:
    """Say a line for every consumer the stack has; returns 0."""
    ages = _ages(place)
    if not as_json:
        say(_LISTED.format("consumer", "dead", "waiting", "in flight", "oldest", "what the dead ones are"))
    for consumer in filter(place.has, CONSUMERS):
        standing = place.letters(consumer).standing()
        age = ages.get(consumer.name)
        dead = standing.dead + standing.dead_in_flight
        counts = {"dead": dead, "waiting": standing.waiting, "in_flight": standing.in_flight}
        if as_json:
            say(json.dumps({"consumer": consumer.name, **counts, "oldest_seconds": age}))
        else:
            say(_LISTED.format(consumer.name, *counts.values(), _spoken(age if dead else None), consumer.meaning))
    return 0


def show(letters: DeadLetters, consumer: Consumer, limit: int, *, as_json: bool, say: Say, note: Say) -> int:
    """Say a line for each of some messages, and give them back; returns 0."""
    written = json_line if as_json else line
    shown = 0
    with Sweep(letters, Choice(limit=limit)) as sweep:
        for message in sweep:
            say(written(consumer.name, message))
            shown += 1
        total = max(shown, sweep.standing.dead + sweep.standing.dead_in_flight)
    note(f"{shown} of about {counted(total)} in {letters.name}. Looking raised their receive counts by one.")
    return 0


def show_body(letters: DeadLetters, message_id: str, *, say: Say) -> int:
    """Say one message's body as it is; raises CannotOperate where it is not found."""
    say(_found(letters, message_id).body)
    return 0


def not_found(letters: DeadLetters, message_ids: set[str]) -> str:
    names = ", ".join(sorted(message_ids))
    return (
        f"Not found in {letters.name}: {names}. Moved, dropped, expired, or received by someone else: "
        f"then it is back within {VISIBLE_AGAIN_SECONDS} s."
    )


def _found(letters: DeadLetters, message_id: str) -> Message:
    with Sweep(letters, Choice(ids=frozenset((message_id,)))) as sweep:
        for message in sweep:
            return message
    raise CannotOperate(not_found(letters, {message_id}))


def _ages(place: Place) -> dict[str, float]:
    """Return each consumer's oldest dead letter in seconds, as CloudWatch knows; without its leave, nothing."""
    queues = {consumer.name: place.letters(consumer).url for consumer in filter(place.has, CONSUMERS)}
    queries = [{"Id": name, "MetricStat": _age_of(url.rpartition("/")[2])} for name, url in queues.items()]
    now = datetime.now(UTC)
    try:
        answer = place.cloudwatch.get_metric_data(
            MetricDataQueries=queries, StartTime=now - timedelta(minutes=15), EndTime=now, ScanBy="TimestampDescending"
        )
    except Failure:
        return {}
    return {result["Id"]: result["Values"][0] for result in answer["MetricDataResults"] if result["Values"]}


def _age_of(queue_name: str) -> dict[str, object]:
    name, dimensions = "ApproximateAgeOfOldestMessage", [{"Name": "QueueName", "Value": queue_name}]
    return {
        "Metric": {"Namespace": "AWS/SQS", "MetricName": name, "Dimensions": dimensions},
        "Period": 300,
        "Stat": "Maximum",
    }


def _spoken(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
