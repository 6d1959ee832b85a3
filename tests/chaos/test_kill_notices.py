"""kill -9 of deliver and notify: every notice arrives, and twice only where a send's outcome was unknown."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.build import ROOT
from local.cloud import LocalCloud
from local.receiver import Fault as Answered
from relay.event import read
from relay.notify import decide, rules
from relay.notify.notices import Delivery
from tests.chaos.conftest import ThroughProxy
from tests.chaos.consumer import Consumer
from tests.chaos.courier import RECEIVER, Courier
from tests.chaos.kill import Boundary, boundaries, kill_workers, killing
from tests.chaos.proxy import Call, FaultProxy
from tests.chaos.story import NOTICES, envelopes
from tests.chaos.tally import TALLY

pytestmark = pytest.mark.chaos

# One notice to a receiver that answers 503 at first, and accepts an hour later.
OPERATIONS = [
    *("GetItem", "GetItem", "PutItem"),  # the notice, the receiver's pause, the lease; then 503
    *("PutItem", "PutItem", "ChangeMessageVisibility"),  # both wait, and so does the message
    *("GetItem", "GetItem", "PutItem"),  # the same an hour later; then 200
    *("PutItem", "PutItem"),  # sent; the receiver is well again
]
# Where a send's outcome is unknown: the receiver has accepted, and the mark that says so is not in the table.
UNKNOWN = {("before", 10)}


def test_deliver_killed_at_any_call_tells_once(cloud: LocalCloud, through_proxy: ThroughProxy) -> None:
    wrong = list[str]()
    with through_proxy("DeliverFunction") as proxy:
        cold, warm = (tell(cloud, proxy, delivery(f"told-{number}")) for number in (1, 2))
        assert [call.operation for call in cold] == ["GetSecretValue", *OPERATIONS]
        assert [call.operation for call in warm] == OPERATIONS
        for at in [*boundaries(cold[:1]), *boundaries(warm)]:
            if at.call == cold[0]:
                cloud.host.restart(cloud.stack.functions["DeliverFunction"])  # which reads the address once a minute
            notice = delivery(f"deliver-{at.side}-{at.call.operation.lower()}-{at.call.number}")
            tell(cloud, proxy, notice, at)
            accepted = Courier(cloud).told(notice.notice.id)
            most = 2 if (at.side, at.call.number) in UNKNOWN and at.call in warm else 1
            name, faults = f"DeliverFunction {at}", [] if 1 <= accepted <= most else ["not told as often as it may be"]
            TALLY.line(name, f"accepted {accepted} of at most {most}", kept=0, faults=faults)
            wrong += [name] if faults else []

    assert not wrong, "\n".join(wrong)


def test_deliver_killed_while_it_waits_for_the_receiver_tells_at_most_twice(cloud: LocalCloud) -> None:
    courier, notice = Courier(cloud), delivery("while-sending")
    cloud.inbox.fault(RECEIVER, Answered(hang=2.0))
    message = courier.put(notice)

    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(courier.try_once, message)
        until = time.monotonic() + 30
        while not courier.told(notice.notice.id) and time.monotonic() < until:
            time.sleep(0.02)
        kill_workers(cloud, "DeliverFunction")
    assert (first.result(), courier.told(notice.notice.id)) == (False, 1)
    message = courier.again(message)
    under_the_lease = (courier.try_once(message), courier.told(notice.notice.id))
    courier.let_an_hour_pass(notice.notice.id)
    after_it = (courier.try_once(courier.again(message)), courier.told(notice.notice.id))

    assert (under_the_lease, after_it) == ((False, 1), (True, 2))


def test_notify_killed_at_any_call_tells_once(cloud: LocalCloud, through_proxy: ThroughProxy) -> None:
    with through_proxy("NotifyFunction") as proxy:
        notify, wrong = Consumer(cloud, proxy, "NotifyFunction"), list[str]()
        calls = notify.run("undisturbed")
        expected = delivered(cloud, "undisturbed")
        for at in boundaries(calls):
            source, name = f"notify-{at.side}-{at.call.number}", f"NotifyFunction {at}"
            notify.run_killed(source, at)
            same = delivered(cloud, source) == expected
            TALLY.compared(name, same=same)
            wrong += [] if same else [name]

    assert len(expected) == NOTICES
    assert {call.operation for call in calls} == {"GetObject", "SendMessageBatch"}
    assert not wrong, "\n".join(wrong)


def tell(cloud: LocalCloud, proxy: FaultProxy, notice: Delivery, at: Boundary | None = None) -> list[Call]:
    """Deliver one notice to the end, deliver dying once where it is told to; return the calls."""
    courier, deaths = Courier(cloud), list[Boundary | None]()

    def kill() -> None:
        kill_workers(cloud, "DeliverFunction")
        deaths.append(at)

    cloud.inbox.fault(RECEIVER, Answered(status=503))
    courier.let_an_hour_pass(notice.notice.id)  # whatever the receiver suffered before
    message = courier.put(notice)
    with proxy.watched(killing(kill, {at.call.number: at.side} if at else {})) as calls:
        hurries = True
        while not courier.try_once(message):
            message = courier.again(message)
            if deaths and hurries:
                hurries = False  # after the death it comes once at once, while the dead one's lease holds
            else:
                courier.let_an_hour_pass(notice.notice.id)
    assert deaths == ([at] if at else [])
    return calls


def delivered(cloud: LocalCloud, source: str) -> list[dict[str, object]]:
    """Deliver everything notify has queued for a source, undisturbed; return what the receiver accepted."""
    courier = Courier(cloud)
    for message in courier.queued(source):
        assert courier.try_once(message)
    return courier.notices(source)


def delivery(source: str) -> Delivery:
    """Return one notice to one receiver, about an event of this source."""
    event = read(envelopes(source)[4].text())
    return decide.deliveries(event, rules.load(ROOT / "layers" / "config"), lambda _: None)[0]
