"""A real worker on a machine whose DNS never answers for names under `silent.example`."""

from __future__ import annotations

import socket
import sys
import time
from typing import Any

from workers.__main__ import main

FOR_EVER_S = 3600
_find = socket.getaddrinfo


def _find_or_wait(host: Any, *arguments: Any, **named: Any) -> Any:
    if str(host).endswith(".silent.example"):
        time.sleep(FOR_EVER_S)
    return _find(host, *arguments, **named)


if __name__ == "__main__":
    socket.getaddrinfo = _find_or_wait
    sys.exit(main())
