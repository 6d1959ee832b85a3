"""Deliver: take each notice to its receiver, and put off, drop or bury what cannot be delivered now or ever."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from relay.errors import Refused, RelayError, Unavailable
from relay.later import Queue, put_off
from relay.notify.addresses import Addresses
from relay.notify.claims import AlreadySent, Claim, Claims, Later
from relay.notify.formats import Post, post_for
from relay.notify.notices import Delivery, NotADelivery, read_delivery
from relay.notify.post import Answer, OutcomeUnknown, post, seconds_of
from relay.notify.rules import Rules
from relay.telemetry import count, logger

GIVE_UP_SECONDS = 3 * 24 * 3600  # a day before the queue itself would lose the message
_SPREAD_SECONDS = 14


class DeadLetters(Protocol):
    def send(self, body: str, attributes: dict[str, str], /) -> None: ...


class Courier:
    """Delivers the records of the delivery queue; what it answers decides what Lambda deletes."""

    def __init__(
        self,
        rules: Rules,
        addresses: Addresses,
        claims: Claims,
        queue: Queue,
        dead_letters: DeadLetters,
        send: Callable[[str, Post], Answer] = post,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rules = rules
        self._addresses = addresses
        self._claims = claims
        self._queue = queue
        self._dead_letters = dead_letters
        self._send = send
        self._clock = clock

    def deliver(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return Lambda's partial batch response: the messages that are to come again."""
        again = [record["messageId"] for record in batch["Records"] if not self._is_done(record)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}

    def _is_done(self, record: dict[str, Any]) -> bool:
        try:
            self._settle(record)
        except AlreadySent:
            count("NoticesKnown")
        except Later as later:
            count("NoticesPutOff")
            self._put_off(record, later)
            return False
        except RelayError as error:
            logger.error("record failed", extra={"error": type(error).__name__, "reason": str(error)})
            count("RecordsFailed")
            return False
        return True

    def _settle(self, record: dict[str, Any]) -> None:
        try:
            self._deliver(read_delivery(record["body"]))
        except (Later, Unavailable) as trouble:
            if self._clock() - int(record["attributes"]["SentTimestamp"]) / 1000 < GIVE_UP_SECONDS:
                raise
            self._bury(record, f"given up after 3 days: {trouble}")
        except (Refused, NotADelivery) as error:
            self._bury(record, str(error))

    def _bury(self, record: dict[str, Any], reason: str) -> None:
        self._dead_letters.send(record["body"], {"reason": reason})
        logger.error("notice refused", extra={"reason": reason})
        count("NoticesRefused")

    def _deliver(self, delivery: Delivery) -> None:
        receiver = self._rules.receivers.get(delivery.receiver)
        if receiver is None:
            raise Refused("the receiver is not in notifications.yaml")
        url = self._addresses.url(delivery.receiver)
        named = {"receiver": delivery.receiver, "notice": delivery.notice.id}
        if url is None:
            logger.warning("receiver switched off: its secret has no value", extra=named)
            count("NoticesDropped")
            return
        claim = self._claims.take(delivery.notice.id, delivery.receiver)
        self._post(url, post_for(receiver.kind, delivery.notice), claim)
        logger.info("notice sent", extra=named)
        count("NoticesSent")

    def _post(self, url: str, post: Post, claim: Claim) -> None:
        try:
            answer = self._send(url, post)
        except Refused:
            self._claims.release(claim)
            raise
        except Unavailable as error:
            if isinstance(error, OutcomeUnknown):
                count("OutcomesUnknown")
            raise Later(str(error), self._claims.failed(claim, 0)) from None
        if answer.accepted:
            self._claims.sent(claim)
        elif answer.temporary:
            wait = self._claims.failed(claim, seconds_of(answer.retry_after, self._clock()))
            raise Later(f"the receiver answered {answer.status}", wait)
        else:
            self._claims.release(claim)
            raise Refused(f"the receiver answered {answer.status}")

    def _put_off(self, record: dict[str, Any], later: Later) -> None:
        # Spread, lest all that waited for one receiver come back in the same second.
        spread = sum(record["messageId"].encode()) % (1 + min(later.seconds, _SPREAD_SECONDS) // 2)
        seconds = later.seconds + spread
        logger.info("notice put off", extra={"reason": str(later), "seconds": seconds})
        put_off(self._queue, record["receiptHandle"], seconds)
