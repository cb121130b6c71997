"""How far a backfill has come, on stderr: a bar with the time left, and a line for each day."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars


class Progress:
    """One bar at a time; nothing but the lines where stderr is no terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bars.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, doing: str, total: float) -> None:
        """A new bar; the estimate of the time left begins anew with it."""
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(doing, total=max(total, 1))

    def doing(self, what: str) -> None:
        """What is done now, of the same total."""
        self._bars.update(self._task, description=what)

    def advance(self, by: float) -> None:
        """So much more is done."""
        self._bars.advance(self._task, by)

    def say(self, line: str) -> None:
        """A line above the bar."""
        self._console.print(line, markup=False)
