import io
import json
import logging

import pytest

from relay.errors import Refused, Unavailable
from relay.notify.addresses import Addresses
from relay.notify.claims import LEASE_SECONDS, Claims
from relay.notify.decide import deliveries
from relay.notify.deliver import GIVE_UP_SECONDS, Courier
from relay.notify.notices import Delivery, read_delivery
from relay.notify.post import Answer, OutcomeUnknown
from relay.notify.rules import Rules
from relay.telemetry import logger
from tests.tables import MemoryTable, RacedTable
from tests.told import no_base_url, sample

RULES = Rules.model_validate(
    {
        "receivers": {"operations": {"kind": "https"}, "chat": {"kind": "slack"}},
        "rules": [{"name": "all", "to": ["operations", "chat"]}],
    }
)
FAULT = {each.receiver: each.text() for each in deliveries(sample("job.faulted"), RULES, no_base_url)}
STOP = {each.receiver: each.text() for each in deliveries(sample("job.stopped"), RULES, no_base_url)}
URLS = {"r/operations": ("v1", "https://operations.example\n"), "r/chat": ("v1", "https://chat.example")}


class Crash(Exception):
    """Not an error of ours: the function ends here."""


class Clock:
    def __init__(self):
        self.now = 1_770_000_000.0

    def __call__(self):
        return self.now


class Receivers:
    """Answers in order, 200 when nothing is left to answer."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.got = []

    def __call__(self, url, _post):
        self.got.append(url)
        answer = self.answers.pop(0) if self.answers else Answer(200)
        if isinstance(answer, Exception):
            raise answer
        return answer


class MemoryQueue:
    def __init__(self):
        self.delays = []
        self.sent = []

    def delay(self, _receipt_handle, seconds):
        self.delays.append(seconds)

    def send(self, body, attributes):
        self.sent.append((body, attributes["reason"]))


class Desk:
    """A courier with everything around it in memory."""

    def __init__(self, *answers, urls=None):
        self.clock = Clock()
        self.table = MemoryTable()
        self.queue = MemoryQueue()
        self.receivers = Receivers(*answers)
        self.urls = URLS if urls is None else urls
        self.started = self.clock.now

    def deliver(self, *bodies):
        """Return how many of the messages are to come again."""
        courier = Courier(
            RULES,
            Addresses(self.urls.get, "r", self.clock),
            Claims(self.table, self.clock),
            self.queue,
            self.queue,
            self.receivers,
            self.clock,
        )
        sent_at = {"SentTimestamp": str(int(self.started * 1000))}
        records = [{"messageId": "\0", "receiptHandle": "r", "body": body, "attributes": sent_at} for body in bodies]
        return len(courier.deliver({"Records": records})["batchItemFailures"])

    def claim(self):
        ((_, item),) = [entry for entry in self.table.items.items() if entry[0][0].startswith("notice#")]
        return item


def test_a_notice_is_sent_once_however_often_it_is_queued():
    desk = Desk()

    assert desk.deliver(FAULT["operations"], FAULT["operations"]) == 0
    assert desk.deliver(FAULT["operations"]) == 0

    assert desk.receivers.got == ["https://operations.example"]
    assert desk.claim()["status"] == "sent"
    assert desk.claim()["expires"] == desk.clock.now + 30 * 86_400


def test_each_receiver_has_its_own():
    desk = Desk()

    desk.deliver(FAULT["operations"], FAULT["chat"])

    assert desk.receivers.got == ["https://operations.example", "https://chat.example"]


def test_a_failure_is_tried_again_after_a_growing_wait():
    desk = Desk(Answer(500), Answer(503), Answer(500))

    for wait in (2, 4, 8):
        assert desk.deliver(FAULT["operations"]) == 1
        assert desk.queue.delays[-1] == wait
        desk.clock.now += wait
    assert desk.deliver(FAULT["operations"]) == 0

    assert len(desk.receivers.got) == 4


def test_the_wait_is_an_hour_at_most():
    desk = Desk(*[Answer(500)] * 30)

    for _ in range(30):
        desk.deliver(FAULT["operations"])
        desk.clock.now += 3600

    assert desk.queue.delays[-1] == 3600


@pytest.mark.parametrize(("text", "wait"), [("60", 60), ("86400", 86_400), ("999999", 86_400), ("1", 2)])
def test_retry_after_is_honoured(text, wait):
    desk = Desk(Answer(429, text))

    desk.deliver(FAULT["operations"])

    assert desk.queue.delays == [wait]


def test_a_message_that_comes_early_waits_on_without_being_sent():
    desk = Desk(Answer(429, "86400"))
    desk.deliver(FAULT["operations"])
    desk.clock.now += 43_200

    assert desk.deliver(FAULT["operations"]) == 1

    assert desk.queue.delays == [86_400, 43_200]
    assert len(desk.receivers.got) == 1


def test_a_receiver_in_trouble_gets_no_other_notice_meanwhile_and_the_others_do():
    desk = Desk(Answer(429, "60"))
    desk.deliver(FAULT["operations"])

    assert desk.deliver(STOP["operations"], STOP["chat"]) == 1

    assert desk.receivers.got == ["https://operations.example", "https://chat.example"]
    assert desk.queue.delays == [60, 60]


def test_a_receiver_that_recovers_starts_afresh():
    desk = Desk(Answer(500), Answer(500), Answer(200), Answer(500))
    for wait in (2, 4, 0):
        desk.deliver(FAULT["operations"])
        desk.clock.now += wait

    desk.deliver(STOP["operations"])

    assert desk.queue.delays == [2, 4, 2]


@pytest.mark.parametrize("error", [Unavailable("unreachable"), OutcomeUnknown("no answer")])
def test_without_an_answer_it_is_sent_again(error):
    desk = Desk(error)

    assert desk.deliver(FAULT["operations"]) == 1
    desk.clock.now += 2

    assert desk.deliver(FAULT["operations"]) == 0
    assert len(desk.receivers.got) == 2


def test_while_another_sends_the_message_waits_for_the_lease():
    desk = Desk()
    notice = json.loads(FAULT["operations"])["notice"]["id"]
    Claims(desk.table, desk.clock).take(notice, "operations")

    assert desk.deliver(FAULT["operations"]) == 1
    assert (desk.queue.delays, desk.receivers.got) == ([LEASE_SECONDS], [])

    desk.clock.now += LEASE_SECONDS
    assert desk.deliver(FAULT["operations"]) == 0
    assert len(desk.receivers.got) == 1


def test_of_two_that_race_for_a_lease_one_sends():
    desk = Desk()
    desk.table = RacedTable([lambda _: desk.deliver(FAULT["operations"])])

    assert desk.deliver(FAULT["operations"]) == 1

    assert desk.receivers.got == ["https://operations.example"]
    assert desk.claim()["status"] == "sent"


def test_a_crash_while_sending_is_made_good_after_the_lease():
    desk = Desk(Crash())
    with pytest.raises(Crash):
        desk.deliver(FAULT["operations"])

    assert desk.deliver(FAULT["operations"]) == 1
    desk.clock.now += LEASE_SECONDS
    assert desk.deliver(FAULT["operations"]) == 0

    assert len(desk.receivers.got) == 2


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 410])
def test_a_refusal_is_buried_with_its_reason(status):
    desk = Desk(Answer(status))

    assert desk.deliver(FAULT["operations"]) == 0

    assert desk.queue.sent == [(FAULT["operations"], f"the receiver answered {status}")]


def test_what_was_buried_can_be_sent_when_it_comes_back():
    desk = Desk(Answer(404))
    desk.deliver(FAULT["operations"])

    assert desk.deliver(FAULT["operations"]) == 0
    assert desk.claim()["status"] == "sent"


def test_a_bad_address_is_buried():
    desk = Desk(Refused("the receiver's address is not https"))

    assert desk.deliver(FAULT["operations"]) == 0
    assert desk.queue.sent[0][1] == "the receiver's address is not https"
    assert desk.claim()["lease_until"] == 0


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"receiver":"operations"}', '{"receiver":"operations","notice":7}'])
def test_what_is_no_delivery_is_buried_unquoted(body):
    desk = Desk()

    assert desk.deliver(body) == 0
    assert desk.queue.sent[0][0] == body
    assert desk.queue.sent[0][1].startswith("not a delivery")


def test_a_receiver_nobody_configured_is_buried():
    desk = Desk()

    assert desk.deliver(FAULT["operations"].replace('"receiver":"operations"', '"receiver":"gone"')) == 0
    assert desk.queue.sent[0][1] == "the receiver is not in notifications.yaml"


@pytest.mark.parametrize("urls", [{}, {"r/operations": ("v1", " \n")}])
def test_a_receiver_without_a_url_is_switched_off(urls):
    desk = Desk(urls=urls)

    assert desk.deliver(FAULT["operations"]) == 0
    assert (desk.receivers.got, desk.queue.sent, desk.table.items) == ([], [], {})


def test_after_three_days_of_failure_the_notice_is_buried():
    desk = Desk(*[Answer(503)] * 3)
    desk.deliver(FAULT["operations"])
    desk.clock.now += GIVE_UP_SECONDS

    assert desk.deliver(FAULT["operations"]) == 0

    assert desk.queue.sent[0][1] == "given up after 3 days: the receiver answered 503"


class BrokenTable(MemoryTable):
    def get(self, _pk, _sk):
        raise Unavailable("the table did not give an item: ThrottlingException")


def test_without_the_table_nothing_is_sent_and_nothing_is_lost():
    desk = Desk()
    desk.table = BrokenTable()

    assert desk.deliver(FAULT["operations"], FAULT["chat"]) == 2
    assert desk.receivers.got == []


def test_a_notice_is_buried_before_its_queue_forgets_it():
    desk = Desk()
    desk.table = BrokenTable()
    desk.clock.now += GIVE_UP_SECONDS

    assert desk.deliver(FAULT["operations"]) == 0

    assert desk.queue.sent[0][1].startswith("given up after 3 days: the table did not give an item")


def test_addresses_are_kept_a_minute_and_longer_while_the_store_is_down():
    clock, reads = Clock(), []

    def read(secret_id):
        reads.append(secret_id)
        if len(reads) == 2:
            raise Unavailable("a secret could not be read: Timeout")
        return "v1", f"https://example.com/{len(reads)}"

    addresses = Addresses(read, "prefix", clock)

    assert addresses.url("chat") == addresses.url("chat") == "https://example.com/1"
    clock.now += 60
    assert addresses.url("chat") == "https://example.com/1"
    assert addresses.url("chat") == "https://example.com/3"
    assert reads[0] == "prefix/chat"


MARKER = "k7q-marker"


@pytest.mark.parametrize(
    "answer",
    [Answer(200), Answer(429, MARKER), Answer(404), Unavailable("the receiver cannot be reached: TimeoutError")],
)
def test_no_address_and_no_text_of_a_notice_is_logged(answer):
    delivery = read_delivery(FAULT["operations"])
    notice = delivery.notice.model_copy(update={"title": MARKER, "reason": MARKER, "text": MARKER, "link": MARKER})
    desk = Desk(answer, urls={"r/operations": ("v1", f"https://{MARKER}.example/{MARKER}")})
    log = io.StringIO()
    heard = logging.StreamHandler(log)
    heard.setFormatter(logger.registered_formatter)
    logging.getLogger(logger.name).addHandler(heard)

    desk.deliver(Delivery(receiver="operations", notice=notice).text(), f'{{"receiver": "{MARKER}"}}')

    logging.getLogger(logger.name).removeHandler(heard)
    assert '"reason":' in log.getvalue()
    assert MARKER not in log.getvalue()
