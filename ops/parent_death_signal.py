"""Children must not outlive the supervisor, even if it is killed with -9."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def end_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel send SIGTERM to the new process when its parent dies.

    Only Linux can do that; elsewhere this is None, and a supervisor that is killed with -9 leaves its
    children behind. The library is loaded here, before the fork, where loading is safe.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before the parent-death signal was on
            os._exit(1)

    return tie
