"""Work to be done later, by timers that end with the engine."""

import threading
from collections.abc import Callable


class Delays:
    """Calls functions after their time; `stop` calls what is left at once, each told that it is the end."""

    def __init__(self) -> None:
        self._waiting: dict[threading.Timer, Callable[[bool], None]] = {}
        self._lock = threading.Lock()

    def later(self, seconds: float, call: Callable[[bool], None]) -> None:
        """Call `call(False)` after so many seconds, or `call(True)` when everything ends before."""
        timer = threading.Timer(seconds, lambda: self._due(timer))
        timer.daemon = True
        with self._lock:
            self._waiting[timer] = call
        timer.start()

    def stop(self) -> None:
        with self._lock:
            left = dict(self._waiting)
            self._waiting.clear()
        for timer, call in left.items():
            timer.cancel()
            call(True)

    def _due(self, timer: threading.Timer) -> None:
        with self._lock:
            call = self._waiting.pop(timer, None)
        if call is not None:
            call(False)
