"""A progress bar on the terminal, on standard error; nothing where that is not a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int, int | None], None]


@contextmanager
def progress(text: str) -> Iterator[Advance]:
    """Yield what takes how many are done and of how many, where that is known."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    redirect = sys.stdout.isatty()  # lines printed meanwhile go above the bar, but into a pipe they go as ever
    shown = Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal, redirect_stdout=redirect
    )
    with shown:
        task = shown.add_task(text, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
