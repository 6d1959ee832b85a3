"""One POST to a receiver."""

from typing import NamedTuple

from relay.exchange import ANSWER_SECONDS, CONNECT_SECONDS, OutcomeUnknown, Request, exchange, seconds_of
from relay.notify.formats import Post

__all__ = ["ANSWER_SECONDS", "CONNECT_SECONDS", "Answer", "OutcomeUnknown", "post", "seconds_of"]


class Answer(NamedTuple):
    """What a receiver said: its status and the text of its Retry-After."""

    status: int
    retry_after: str | None = None

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def temporary(self) -> bool:
        return self.status in (408, 425, 429) or self.status >= 500


def post(url: str, notice: Post) -> Answer:
    """Send a notice; raises Refused for an address that may not be used, Unavailable, or OutcomeUnknown."""
    request = Request("POST", url, notice.headers, notice.body)
    reply = exchange(request, "the receiver", seconds=ANSWER_SECONDS)
    return Answer(reply.status, reply.headers.get("retry-after"))
