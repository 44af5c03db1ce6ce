"""Ctrl-C, or the notebook's stop button, between two steps of a training and never within one."""

import signal
import threading
from types import FrameType, TracebackType

__all__ = ["Interruption"]


class Interruption:
    """While it is held, a first Ctrl-C is only noted; a second one interrupts at once.

    A step that is cut in half leaves weights that no training can go on from. Where Python's
    own handler is not in place, or in another thread than the main one, nothing is changed.
    """

    noted: bool = False

    def __enter__(self) -> "Interruption":
        """Take the place of Python's own handler."""
        main = threading.current_thread() is threading.main_thread()
        self._ours = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._ours:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give it back its place."""
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.noted:
            raise KeyboardInterrupt
        self.noted = True
