"""Where notices to people land on one machine: receivers of any name, kept in memory, that answer as they are told.

POST   /inbox/<receiver>    answers 200; /slack/<receiver> as Slack's incoming webhooks do, /teams/<receiver> 202
GET    /messages            ?receiver=<name>; what came, oldest first, refused messages included
DELETE /messages            forgets the messages and the faults
POST   /faults              {"receiver", "status"?: 429, "retry_after"?: 2, "times"?: 1, "hang"?: seconds}
"""

import argparse
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import NoReturn

from local.loopback import Answer, BadRequest, LoopbackServer, PortBusy, Request, json_answer
from local.receiver import Fault, Message, usual_answer

PORT = 4291
REMEMBERED = 5_000


class Inbox(LoopbackServer):
    """Receives notices on loopback: `with Inbox() as inbox`, then POST to `inbox.url` + "/inbox/<receiver>"."""

    def __init__(self, port: int = 0) -> None:
        self._messages: deque[Message] = deque(maxlen=REMEMBERED)
        self._faults: dict[str, deque[Fault]] = {}
        self._numbers = count(1)
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        super().__init__(self._answer, port)

    def messages(self, receiver: str | None = None) -> list[Message]:
        with self._changed:
            return [message for message in self._messages if receiver in (None, message.receiver)]

    def wait_for(self, number: int, receiver: str | None = None, *, timeout: float = 10.0) -> list[Message]:
        """Return the accepted messages as soon as there are `number` of them; raises TimeoutError."""
        with self._changed:
            if self._changed.wait_for(lambda: len(self._accepted(receiver)) >= number, timeout):
                return self._accepted(receiver)
        raise TimeoutError(f"{len(self._accepted(receiver))} of {number} messages came within {timeout:g} s")

    def fault(self, receiver: str, fault: Fault) -> None:
        """Meet the receiver's next messages with a fault; faults queue up."""
        with self._changed:
            self._faults.setdefault(receiver, deque()).append(fault)

    def clear(self) -> None:
        """Forget all messages and faults."""
        with self._changed:
            self._messages.clear()
            self._faults.clear()

    def stop(self) -> None:
        self._stopped.set()
        super().stop()

    def _accepted(self, receiver: str | None) -> list[Message]:
        return [message for message in self.messages(receiver) if message.accepted]

    def _answer(self, request: Request) -> Answer:
        match (request.method, *request.path):
            case ("POST", "inbox" | "slack" | "teams" as kind, *_, receiver):
                return self._receive(kind, receiver, request)
            case ("GET", "messages"):
                found = self.messages(request.query.get("receiver"))
                return json_answer(200, {"messages": [message.described() for message in found]})
            case ("DELETE", "messages"):
                self.clear()
                return Answer(204)
            case ("POST", "faults"):
                self._plan(request.json_object())
                return Answer(204)
        return json_answer(404, {"error": "no such request: see local/inbox.py"})

    def _receive(self, kind: str, receiver: str, request: Request) -> Answer:
        fault = self._next_fault(receiver)
        answer = (fault and fault.answer()) or usual_answer(kind, request.body)
        message = Message(
            number=next(self._numbers),
            receiver=receiver,
            path="/" + "/".join(request.path),
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.body,
            status=answer.status,
        )
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()
        if fault:
            self._stopped.wait(fault.hang)
        return answer

    def _next_fault(self, receiver: str) -> Fault | None:
        with self._changed:
            waiting = self._faults.get(receiver)
            if not waiting:
                return None
            fault = waiting[0]
            fault.times -= 1
            if fault.times <= 0:
                waiting.popleft()
            return fault

    def _plan(self, wanted: dict[str, object]) -> None:
        receiver = wanted.pop("receiver", None)
        if not isinstance(receiver, str):
            raise BadRequest("a fault names its receiver")
        self.fault(receiver, Fault.read(wanted))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.inbox", description="Receives notices on this computer.")
    parser.add_argument("--port", type=int, default=PORT, help="loopback port (default %(default)s)")
    wanted = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Inbox(wanted.port) as inbox:
            print(f"inbox on {inbox.url}: POST to /inbox/<receiver>, read /messages; Ctrl-C stops it", flush=True)
            _report(inbox)
    except PortBusy as error:
        print(f"local.inbox: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _report(inbox: Inbox) -> NoReturn:
    """Print a line per message, for ever."""
    seen = 0
    while True:
        for message in inbox.messages():
            if message.number > seen:
                seen = message.number
                print(f"{message.at} {message.path}: {len(message.body)} bytes, answered {message.status}", flush=True)
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
