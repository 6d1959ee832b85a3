import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from local.loopback import Answer, LoopbackServer, Request
from relayctl.__main__ import main
from relayctl.dlq.consumers import CONSUMERS, Place, consumer_named
from relayctl.dlq.drop import drop
from relayctl.dlq.failures import CannotOperate
from relayctl.dlq.looking import list_all, show
from relayctl.dlq.redrive import Pace, redrive
from relayctl.dlq.sweep import Choice
from tests.integration.dlq.stacks import REGION, answers, refusal
from tests.told import sample

pytestmark = pytest.mark.integration

ATTRIBUTES = {
    "reason": {"DataType": "String", "StringValue": "the receiver answered 404"},
    "number": {"DataType": "Number", "StringValue": "1.50"},
    "bytes": {"DataType": "Binary.raw", "BinaryValue": b"\x00\xff"},
}
STRANGE = ' {"a" : "\\u00e9é\U0001f534",\r\n\t"z":1}  '
NAMES = [consumer.name for consumer in CONSUMERS]


@pytest.fixture
def place(stack):
    """The stack as the local cloud is: without move tasks."""
    return Place(stack.outputs, True, boto3.client("sqs", REGION), boto3.client("cloudwatch", REGION))


@pytest.fixture
def ctl(stack, monkeypatch, capsys):
    """The command against a deployed stack; returns its exit code, output and errors."""

    def described(_: Request) -> Answer:
        outputs = "".join(
            f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
            for name, value in stack.outputs.items()
        )
        text = (
            '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>'
            f"<Stacks><member><StackName>prod</StackName><Outputs>{outputs}</Outputs></member></Stacks>"
            "</DescribeStacksResult></DescribeStacksResponse>"
        )
        return Answer(200, text.encode(), {"Content-Type": "text/xml"})

    def run(*arguments):
        code = main(["dlq", *arguments, "--stack", "prod", "--region", REGION])
        return code, *capsys.readouterr()

    with LoopbackServer(described) as cloudformation:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", cloudformation.url)
        yield run


def moved(place, name, said, choice=Choice(), rate=None):  # noqa: B008
    return redrive(place.letters(consumer_named(name)), choice, rate, local=place.local, say=said, note=said)


def test_list_counts_every_consumer(ctl, stack):
    stack.put("StateDeadLetterQueue", "a", "b")
    stack.put("StateQueue", "c", "d", "e")
    stack.sqs.receive_message(QueueUrl=stack.outputs["StateQueueUrl"])

    code, out, _ = ctl("list")

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["consumer", *NAMES]
    assert out.splitlines()[3].split()[:5] == ["state", "2", "2", "1", "-"]


def test_list_as_json_knows_the_oldest_where_cloudwatch_does(place, stack, said):
    stack.put("SpoolDeadLetterQueue", "a")
    dimensions = [{"Name": "QueueName", "Value": "prod-SpoolDeadLetterQueue"}]
    metric = {"MetricName": "ApproximateAgeOfOldestMessage", "Dimensions": dimensions, "Value": 7200}
    metric["Timestamp"] = datetime.now(UTC) - timedelta(minutes=6)
    place.cloudwatch.put_metric_data(Namespace="AWS/SQS", MetricData=[metric])

    list_all(place, as_json=True, say=said)
    list_all(place, as_json=False, say=said)

    lines = [json.loads(line) for line in said[:5]]
    assert [line["consumer"] for line in lines] == NAMES
    assert lines[0] == {"consumer": "spool", "dead": 1, "waiting": 0, "in_flight": 0, "oldest_seconds": 7200}
    assert lines[1]["oldest_seconds"] is None
    assert "2 h" in said[6]


def test_show_tells_without_taking_or_telling_data(ctl, stack):
    envelope = sample("job.faulted")
    bodies = [json.dumps({"body": envelope.body.decode()}), "not ours"]
    ids = stack.put("NotifyDeadLetterQueue", *bodies)

    code, out, err = ctl("show", "notify")

    assert code == 0
    assert {line.split()[0] for line in out.splitlines()} == set(ids)
    assert "unreadable: not an envelope" in out
    assert "not ours" not in out
    assert "2 of about 2 messages in NotifyDeadLetterQueue. Looking raised their receive counts by one." in err
    assert stack.bodies("NotifyDeadLetterQueue") == sorted(bodies)


def test_show_holds_no_more_than_its_limit_and_prints_json_lines(ctl, stack):
    stack.put("StateDeadLetterQueue", *map(str, range(15)))

    code, out, err = ctl("show", "state", "--limit", "12", "--json")

    assert code == 0
    assert len({json.loads(line)["id"] for line in out.splitlines()}) == 12
    assert "12 of about 15" in err
    counts = [int(message["Attributes"]["ApproximateReceiveCount"]) for message in stack.take("StateDeadLetterQueue")]
    assert sorted(counts) == [1] * 3 + [2] * 12


def test_show_body_prints_one_message_as_it_is(ctl, stack):
    stack.put("StateDeadLetterQueue", *map(str, range(15)))
    (wanted,) = stack.put("StateDeadLetterQueue", STRANGE)

    assert ctl("show", "state", "--body", wanted) == (0, f"{STRANGE}\n", "")
    assert len(stack.take("StateDeadLetterQueue")) == 16


def test_show_of_an_empty_queue_says_so(ctl):
    assert ctl("show", "spool")[:2] == (0, "")


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_redrive_moves_all_to_the_consumers_own_queue(place, stack, said, consumer):
    bodies = [f"{consumer.name} {number}" for number in range(23)]
    stack.put(consumer.dead_letter_queue, *bodies)

    assert moved(place, consumer.name, said) == 0

    assert stack.bodies(consumer.queue) == sorted(bodies)
    assert stack.take(consumer.dead_letter_queue) == []
    assert said == [f"23 messages moved from {consumer.dead_letter_queue} to {consumer.queue}."]


def test_redrive_keeps_body_and_attributes_byte_for_byte(place, stack, said):
    stack.put("DeliveryDeadLetterQueue", STRANGE, attributes=ATTRIBUTES)

    moved(place, "delivery", said)

    (message,) = stack.take("DeliveryQueue")
    assert message["Body"] == STRANGE
    assert message["MessageAttributes"] == ATTRIBUTES


def test_redrive_takes_only_the_ids_asked_for_and_names_what_it_did_not_find(ctl, stack):
    ids = stack.put("StateDeadLetterQueue", *"abcdefghijklmno")

    code, out, err = ctl("redrive", "state", "--id", ids[3], "--id", ids[14], "--id", "nobody")

    assert code == 1
    assert sorted(out.splitlines()[:2]) == sorted([f"Moved {ids[3]}.", f"Moved {ids[14]}."])
    assert "Not found in StateDeadLetterQueue: nobody." in err
    assert stack.bodies("StateQueue") == ["d", "o"]
    assert len(stack.take("StateDeadLetterQueue")) == 13


def test_redrive_stops_at_its_limit(ctl, stack):
    stack.put("StateDeadLetterQueue", *map(str, range(14)))

    assert ctl("redrive", "state", "--limit", "12")[0] == 0

    assert len(stack.take("StateQueue")) == 12
    assert len(stack.take("StateDeadLetterQueue")) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Would move about 3 messages from StateDeadLetterQueue to StateQueue, by SQS' own move task"),
        (["--limit", "2"], "Would move about 2 messages from StateDeadLetterQueue to StateQueue, message by message."),
    ],
)
def test_dry_run_of_redrive_moves_nothing(ctl, stack, arguments, sentence):
    stack.put("StateDeadLetterQueue", "a", "b", "c")

    code, out, _ = ctl("redrive", "state", "--dry-run", *arguments)

    assert code == 0
    assert sentence in out
    assert stack.bodies("StateDeadLetterQueue") == ["a", "b", "c"]
    assert stack.take("StateQueue") == []


@pytest.mark.parametrize("action", ["redrive", "drop"])
def test_dry_run_with_ids_says_which_are_there(ctl, stack, action):
    (there,) = stack.put("StateDeadLetterQueue", "a")

    code, out, err = ctl(action, "state", "--dry-run", "--id", there, "--id", "nobody")

    assert code == 1
    assert there in out
    assert "nobody" in err
    assert stack.bodies("StateDeadLetterQueue") == ["a"]


def test_redrive_leaves_what_dies_again_meanwhile(place, stack, said):
    stack.put("DeliveryDeadLetterQueue", "a", "b")

    def buried_at_once(asked):
        if asked["QueueUrl"] == stack.outputs["DeliveryQueueUrl"]:
            stack.put("DeliveryDeadLetterQueue", asked["MessageBody"])

    answers(place.sqs, "SendMessage", buried_at_once)

    assert moved(place, "delivery", said) == 0

    assert said == ["2 messages moved from DeliveryDeadLetterQueue to DeliveryQueue."]
    assert len(stack.take("DeliveryDeadLetterQueue")) == 2


def test_message_the_queue_refuses_stays_and_the_others_move(place, stack, said):
    ids = stack.put("StateDeadLetterQueue", "a", "poison", "c")
    answers(
        place.sqs,
        "SendMessage",
        lambda asked: refusal("InvalidMessageContents") if asked["MessageBody"] == "poison" else None,
    )

    assert moved(place, "state", said) == 1

    assert f"{ids[1]} stays: StateQueue refused sqs:SendMessage: InvalidMessageContents." in said
    assert stack.bodies("StateQueue") == ["a", "c"]
    assert stack.bodies("StateDeadLetterQueue") == ["poison"]


def test_message_that_cannot_be_deleted_is_doubled_and_not_lost(place, stack, said):
    stack.put("StateDeadLetterQueue", "a")
    answers(place.sqs, "DeleteMessage", lambda _: refusal("RequestThrottled"))

    assert moved(place, "state", said) == 1

    assert stack.bodies("StateQueue") == ["a"]
    assert stack.bodies("StateDeadLetterQueue") == ["a"]
    assert "stays: StateDeadLetterQueue refused sqs:DeleteMessage: RequestThrottled." in said.text


@pytest.mark.parametrize(
    ("operation", "queue"),
    [
        ("ReceiveMessage", "StateDeadLetterQueue"),
        ("SendMessage", "StateQueue"),
        ("DeleteMessage", "StateDeadLetterQueue"),
        ("GetQueueAttributes", "StateDeadLetterQueue"),
    ],
)
def test_missing_permission_is_named_and_ends_it(place, stack, said, operation, queue):
    stack.put("StateDeadLetterQueue", "a", "b")
    answers(place.sqs, operation, lambda _: refusal("AccessDenied", 403))

    with pytest.raises(CannotOperate) as raised:
        moved(place, "state", said)

    assert str(raised.value) == f"Access to {queue} is denied. Allow your role the action sqs:{operation} on it."


def test_interrupted_redrive_says_how_far_it_came_and_gives_the_rest_back(place, stack, said):
    stack.put("StateDeadLetterQueue", "a", "b", "c")
    sent = []

    def interrupt(asked):
        sent.append(asked)
        if len(sent) == 2:
            raise KeyboardInterrupt

    answers(place.sqs, "SendMessage", interrupt)

    with pytest.raises(KeyboardInterrupt):
        moved(place, "state", said)

    assert said == ["1 message moved from StateDeadLetterQueue to StateQueue."]
    assert len(stack.take("StateDeadLetterQueue")) == 2


def test_what_others_receive_just_now_is_said(place, stack, said):
    stack.put("StateDeadLetterQueue", "a")
    stack.sqs.receive_message(QueueUrl=stack.outputs["StateDeadLetterQueueUrl"])

    assert moved(place, "state", said) == 1

    assert "About 1 more are received by someone else now." in said.text


def test_pace_lets_so_many_through_in_a_second():
    now = 100.0

    def wait(seconds):
        nonlocal now
        now += seconds

    pace = Pace(5, clock=lambda: now, wait=wait)
    for _ in range(11):
        pace.keep()

    assert now == pytest.approx(102.0)


def test_drop_all_names_each_and_what_remains(ctl, stack):
    ids = stack.put("ArchiveDeadLetterQueue", *map(str, range(12)))

    code, out, _ = ctl("drop", "archive", "--all", "--yes")

    assert code == 0
    assert sorted(out.splitlines()[:-1]) == sorted(f"Dropped {each}." for each in ids)
    assert out.splitlines()[-1].startswith("12 messages dropped from ArchiveDeadLetterQueue for good. They are not in")
    assert stack.take("ArchiveDeadLetterQueue") == []


def test_drop_by_id_leaves_the_others(ctl, stack):
    ids = stack.put("StateDeadLetterQueue", "a", "b", "c")

    assert ctl("drop", "state", "--id", ids[1], "--yes")[0] == 0

    assert stack.bodies("StateDeadLetterQueue") == ["a", "c"]


def test_drop_wants_yes_and_its_dry_run_drops_nothing(ctl, stack):
    stack.put("StateDeadLetterQueue", "a")

    code, _, err = ctl("drop", "state", "--all")
    assert (code, err) == (1, "Dropping is for good. Add --yes to do it, or --dry-run to see what it would do.\n")
    assert "Would drop about 1 message" in ctl("drop", "state", "--all", "--dry-run")[1]

    assert stack.bodies("StateDeadLetterQueue") == ["a"]


def test_message_that_cannot_be_dropped_is_said(place, stack, said):
    (there,) = stack.put("StateDeadLetterQueue", "a")
    answers(place.sqs, "DeleteMessage", lambda _: refusal("RequestThrottled"))
    state = consumer_named("state")

    assert drop(place.letters(state), state, Choice(), say=said, note=said) == 1

    assert f"{there} stays: StateDeadLetterQueue refused sqs:DeleteMessage: RequestThrottled." in said
    assert said[-1] == "0 messages dropped from StateDeadLetterQueue for good."


@pytest.mark.parametrize("action", [["show"], ["redrive"], ["drop", "--all", "--yes"]])
def test_unknown_consumer_is_answered_with_the_known(ctl, action):
    code, _, err = ctl(action[0], "drain", *action[1:])

    assert (code, err) == (1, f"There is no consumer drain. Consumers: {', '.join(NAMES)}.\n")


def test_stack_of_an_older_version_lists_what_it_has(ctl, stack):
    for name in ("SpoolQueueUrl", "SpoolDeadLetterQueueUrl"):
        del stack.outputs[name]

    assert [line.split()[0] for line in ctl("list")[1].splitlines()[1:]] == NAMES[1:]
    assert ctl("show", "spool")[2] == "The stack has no output SpoolDeadLetterQueueUrl. Deploy this version first.\n"


def test_deleted_queue_and_relay_that_is_not_up_are_explained(ctl, stack, capsys):
    stack.sqs.delete_queue(QueueUrl=stack.outputs["StateDeadLetterQueueUrl"])

    assert "StateDeadLetterQueue does not exist. Was the stack deleted" in ctl("show", "state")[2]
    assert main(["dlq", "list", "--port", "1"]) == 1
    said = capsys.readouterr().err
    assert "No relay of this checkout is up" in said
    assert "name a stack in AWS with --stack." in said


def test_showing_survives_a_refused_release(place, stack, said):
    stack.put("StateDeadLetterQueue", "a")
    answers(place.sqs, "ChangeMessageVisibilityBatch", lambda _: refusal("AccessDenied", 403))
    state = consumer_named("state")

    assert show(place.letters(state), state, 10, as_json=False, say=said, note=said) == 0
