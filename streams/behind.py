"""Work behind the counting, in a thread of its own: storage's waiting never holds the count."""

import logging
import threading
from collections.abc import Callable

from sinks.engine import Retry

_log = logging.getLogger(__name__)


class Behind:
    """Does `work` each `pause` s, and once more when stopped.

    Where it raises Retry it is done again at the next turn, by which time storage may be back.
    After any other exception it is not done again: `failure` has it.
    """

    def __init__(self, name: str, work: Callable[[], None], pause: float) -> None:
        self.failure: BaseException | None = None
        self._name = name
        self._work = work
        self._pause = pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self, patience: float | None = None) -> None:
        """Does it once more and ends; after `patience` s, if given, it is left where it hangs."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(self._pause):
                self._turn()
            self._turn()
        except BaseException as error:  # noqa: BLE001 - whatever it was, the process must end with it
            self.failure = error
            _log.exception("%s stopped", self._name)

    def _turn(self) -> None:
        try:
            self._work()
        except Retry as error:
            _log.warning("%s will be tried again: %s", self._name, error)
