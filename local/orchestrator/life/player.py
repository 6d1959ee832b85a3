"""A life lived by the real clock, so many virtual seconds a second."""

import threading
from collections.abc import Callable
from datetime import timedelta

PACE_SECONDS = 0.1


class Player:
    """Calls `live` with the virtual time that has passed, until it is stopped."""

    def __init__(self, live: Callable[[timedelta], object], speed: float) -> None:
        self._live, self._speed = live, speed
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._play, name="life", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _play(self) -> None:
        while not self._ended.wait(PACE_SECONDS):
            self._live(timedelta(seconds=PACE_SECONDS * self._speed))
