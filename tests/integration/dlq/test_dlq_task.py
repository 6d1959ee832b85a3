import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from relayctl.dlq import task
from relayctl.dlq.consumers import CONSUMERS, Place, consumer_named
from relayctl.dlq.failures import CannotOperate
from relayctl.dlq.redrive import redrive
from relayctl.dlq.sweep import Choice
from tests.integration.dlq.stacks import REGION, MoveTasks, answers, refusal

pytestmark = pytest.mark.integration


@pytest.fixture
def place(stack, monkeypatch):
    """The stack as AWS is."""
    monkeypatch.setattr(task, "POLL_SECONDS", 0)
    return Place(stack.outputs, False, boto3.client("sqs", REGION), None)


@pytest.fixture
def moves(place, stack):
    tasks = MoveTasks(stack)
    tasks.attach(place.sqs)
    return tasks


def moved(place, name, said, choice=Choice(), rate=None):  # noqa: B008
    return redrive(place.letters(consumer_named(name)), choice, rate, local=False, say=said, note=said)


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_whole_queue_is_moved_by_sqs_itself(place, stack, moves, said, consumer):
    stack.put(consumer.dead_letter_queue, "a", "b", "c", "d", "e")

    assert moved(place, consumer.name, said) == 0

    assert stack.bodies(consumer.queue) == ["a", "b", "c", "d", "e"]
    assert said == [f"SQS moved about 5 messages from {consumer.dead_letter_queue} to {consumer.queue}."]
    assert set(moves.requests[0]) == {"SourceArn", "DestinationArn"}


def test_rate_is_passed_on(place, stack, moves, said):
    stack.put("StateDeadLetterQueue", "a")

    moved(place, "state", said, rate=7)

    assert moves.requests[0]["MaxNumberOfMessagesPerSecond"] == 7


def test_earlier_task_is_not_mistaken_for_this_one(place, stack, moves, said):
    stack.put("StateDeadLetterQueue", "a", "b")
    moved(place, "state", said)
    stack.put("StateDeadLetterQueue", "c")

    assert moved(place, "state", said) == 0

    assert said[-1].startswith("SQS moved about 1 message")


@pytest.mark.parametrize("choice", [Choice(limit=1), Choice(ids=frozenset(["first"]))])
def test_part_of_a_queue_is_moved_message_by_message(place, stack, moves, said, choice):
    (first, _) = stack.put("StateDeadLetterQueue", "a", "b")
    choice = Choice(frozenset([first])) if choice.ids else choice

    assert moved(place, "state", said, choice) == 0

    assert moves.requests == []
    assert len(stack.take("StateQueue")) == 1


def test_running_task_of_someone_else_is_left_alone(place, stack, moves, said):
    stack.put("StateDeadLetterQueue", "a", "b", "c")
    task.start(place.letters(consumer_named("state")), None)
    moves.tasks[-1]["unseen"] = 0

    with pytest.raises(CannotOperate, match="A move task already runs on StateDeadLetterQueue"):
        moved(place, "state", said)

    assert len(moves.requests) == 1


def test_running_task_that_is_not_listed_yet_is_left_alone(place, stack, moves, said):
    stack.put("StateDeadLetterQueue", "a", "b", "c")
    task.start(place.letters(consumer_named("state")), None)

    with pytest.raises(CannotOperate, match="A move task already runs on StateDeadLetterQueue"):
        moved(place, "state", said)

    assert len(moves.requests) == 1


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.UnsupportedOperation", "UnsupportedOperation"])
def test_unsupported_operation_is_a_running_task_where_tasks_are_listed(place, stack, moves, said, code):
    stack.put("StateDeadLetterQueue", "a", "b")
    answers(place.sqs, "StartMessageMoveTask", lambda _: refusal(code), first=True)

    with pytest.raises(CannotOperate, match="A move task already runs on StateDeadLetterQueue"):
        moved(place, "state", said)

    assert said == []
    assert stack.bodies("StateDeadLetterQueue") == ["a", "b"]


def test_failed_task_is_told_with_its_reason(place, stack, moves, said):
    moves.fails_after = 2
    stack.put("StateDeadLetterQueue", "a", "b", "c")

    with pytest.raises(CannotOperate, match=r"FAILED: AWS\.SimpleQueueService\.NonExistentQueue\. What is left stays"):
        moved(place, "state", said)

    assert "SQS moved about 2 messages" in said[0]


@pytest.fixture
def interrupted(place, stack, moves):
    """Five messages, and Ctrl-C at the third look at the task that moves them."""
    stack.put("StateDeadLetterQueue", "a", "b", "c", "d", "e")
    looks = []

    def listed(asked):
        looks.append(asked)
        if len(looks) == 4:
            raise KeyboardInterrupt
        return moves.list(asked)

    answers(place.sqs, "ListMessageMoveTasks", listed, first=True)


def test_interrupt_cancels_the_task(place, interrupted, moves, said):
    with pytest.raises(KeyboardInterrupt):
        moved(place, "state", said)

    assert moves.tasks[-1]["Status"] == "CANCELLING"
    assert said == ["Cancelled: about 2 messages moved to StateQueue, the rest stays."]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ResourceNotFoundException", 404),
        ("UnsupportedOperation", 400),
        ("AWS.SimpleQueueService.UnsupportedOperation", 400),
    ],
)
def test_interrupt_of_a_task_that_has_just_ended_says_so(place, stack, interrupted, moves, said, code, status):
    answers(place.sqs, "CancelMessageMoveTask", lambda _: refusal(code, status), first=True)

    with pytest.raises(KeyboardInterrupt):
        moved(place, "state", said)

    assert said == ["The move task had ended already: see `dlq list` for what is left."]
    assert stack.bodies("StateQueue") == ["a", "b"]


def test_interrupt_of_a_task_that_cannot_be_cancelled_moves_nothing_beside_it(place, stack, interrupted, moves, said):
    answers(place.sqs, "CancelMessageMoveTask", lambda _: refusal("InvalidAction"), first=True)

    with pytest.raises(CannotOperate, match=r"InvalidAction\. The move task goes on in AWS"):
        moved(place, "state", said)

    assert said == []
    assert stack.bodies("StateQueue") == ["a", "b"]


@pytest.mark.parametrize(
    ("operation", "code", "status"),
    [
        ("ListMessageMoveTasks", "AWS.SimpleQueueService.UnsupportedOperation", 400),
        ("ListMessageMoveTasks", "UnsupportedOperation", 400),
        *(
            (operation, code, status)
            for operation in ("ListMessageMoveTasks", "StartMessageMoveTask")
            for code, status in (
                ("InvalidAction", 400),
                ("UnknownOperationException", 404),
                ("InternalFailure", 501),
                ("404", 404),
            )
        ),
    ],
)
def test_endpoint_without_move_tasks_is_served_message_by_message(place, stack, moves, said, operation, code, status):
    stack.put("StateDeadLetterQueue", "a", "b")
    answers(place.sqs, operation, lambda _: refusal(code, status), first=True)

    assert moved(place, "state", said) == 0

    assert stack.bodies("StateQueue") == ["a", "b"]
    assert said == [
        "SQS' own move task is not supported here: moving message by message.",
        "2 messages moved from StateDeadLetterQueue to StateQueue.",
    ]


@pytest.mark.parametrize("operation", ["ListMessageMoveTasks", "StartMessageMoveTask"])
def test_denied_move_task_names_the_action_and_moves_nothing(place, stack, moves, said, operation):
    stack.put("StateDeadLetterQueue", "a")
    answers(place.sqs, operation, lambda _: refusal("AccessDenied", 403), first=True)

    with pytest.raises(CannotOperate, match=rf"Allow your role the action sqs:{operation} on it\."):
        moved(place, "state", said)

    assert stack.bodies("StateDeadLetterQueue") == ["a"]


@pytest.mark.parametrize("code", ["RequestThrottled", "InvalidAction"])
def test_task_that_cannot_be_followed_goes_on(place, stack, moves, said, code):
    stack.put("StateDeadLetterQueue", "a")
    answers(place.sqs, "ListMessageMoveTasks", lambda _: refusal(code) if moves.tasks else None, first=True)

    with pytest.raises(CannotOperate, match=rf"{code}\. The move task goes on in AWS"):
        moved(place, "state", said)

    assert said == []


def test_task_that_is_never_listed_is_said(place, stack, moves, said):
    moves.lag = 1_000
    stack.put("StateDeadLetterQueue", "a")

    with pytest.raises(CannotOperate, match="was started, but SQS does not list it"):
        moved(place, "state", said)


def test_a_look_that_is_not_answered_is_said(place, stack, said):
    def unanswered(**_):
        raise ReadTimeoutError(endpoint_url="https://sqs.example")

    place.sqs.meta.events.register_first("before-send.sqs.ListMessageMoveTasks", unanswered)

    with pytest.raises(CannotOperate, match="SQS cannot be asked about StateDeadLetterQueue: ReadTimeoutError"):
        moved(place, "state", said)
