"""Between fork and exec: a child asks the kernel to be told when its parent is gone, however that ends."""

from __future__ import annotations

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
#: libc is loaded before the fork: nothing may be imported between fork and exec.
_LIBC = ctypes.CDLL(None)


def end_with_parent() -> None:
    """End as when told to, should the parent be killed."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def interrupt_with_parent() -> None:
    """The same by SIGINT, which PostgreSQL takes for a fast and clean shutdown."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
