"""Python imports this as it starts, where this folder is on PYTHONPATH: names under `silent.example` get no answer.

So a whole program runs as on a machine whose DNS is silent about some names, whichever processes it starts.
"""

from __future__ import annotations

import socket
import time
from typing import Any

FOR_EVER_S = 3600
_find = socket.getaddrinfo


def _find_or_wait(host: Any, *arguments: Any, **named: Any) -> Any:
    if str(host).endswith(".silent.example"):
        time.sleep(FOR_EVER_S)
    return _find(host, *arguments, **named)


socket.getaddrinfo = _find_or_wait
