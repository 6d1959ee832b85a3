"""The workers of one function: warm ones are used again, new ones started up to a limit."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local.runtime.answer import Throttled
from local.runtime.worker import Launcher, Worker

PATIENCE = 30
"""Seconds an invocation waits for a worker; Lambda would throttle at once, but has more than one computer."""


class Pool:
    """At most `limit` workers of one function, each used by one invocation at a time."""

    def __init__(self, launcher: Launcher, limit: int) -> None:
        self.launcher, self.limit = launcher, limit
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._starting = 0
        self._generation = 0
        self._closed = False

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker for one invocation; raises Throttled when none becomes free in time."""
        worker = self._take()
        try:
            yield worker
        finally:
            self._give_back(worker)

    def _take(self) -> Worker:
        with self._changed:
            if not self._changed.wait_for(self._may_take, PATIENCE):
                raise Throttled(f"all {self.limit} workers of {self.launcher.function.name} are busy")
            while self._idle and not self._closed:
                worker = self._idle.pop()
                if worker.is_fit():
                    self._busy.add(worker)
                    return worker
                worker.retire()
            if self._closed:
                raise Throttled(f"{self.launcher.function.name} is being stopped")
            generation = self._generation
            self._starting += 1
        return self._start(generation)

    def _may_take(self) -> bool:
        return bool(self._idle) or len(self._busy) + self._starting < self.limit or self._closed

    def _start(self, generation: int) -> Worker:
        worker = None
        try:
            worker = self.launcher.start(generation)
        finally:
            with self._changed:
                self._starting -= 1
                if worker is not None:
                    self._busy.add(worker)
                    if self._closed:
                        worker.kill()
                self._changed.notify_all()
        return worker

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            self._busy.discard(worker)
            if worker.generation == self._generation and worker.is_fit() and not self._closed:
                self._idle.append(worker)
            else:
                worker.retire()
            self._changed.notify_all()
        self.launcher.bound_log()

    def restart(self) -> None:
        """Kill idle workers now and busy ones after their invocation."""
        with self._changed:
            self._generation += 1
            self._retire_idle()

    def pids(self) -> list[int]:
        """Process ids of the living workers."""
        with self._changed:
            return sorted(worker.pid for worker in [*self._idle, *self._busy] if worker.is_alive())

    def close(self) -> None:
        """Kill every worker; returns once the invocations that used them have ended too."""
        with self._changed:
            self._closed = True
            self._retire_idle()
            for worker in self._busy:
                worker.kill()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._busy and not self._starting, PATIENCE)

    def _retire_idle(self) -> None:
        for worker in self._idle:
            worker.retire()
        self._idle.clear()
