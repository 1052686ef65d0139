"""The web application for ASGI servers: `granian --interface asgi app.front.asgi:app`."""

import gc
import sys

# Nothing that is made while the program loads is garbage, so nobody looks for it: it starts sooner.
gc.disable()

from app import create_app  # noqa: E402
from app.core.settings import SettingsError  # noqa: E402
from app.front.front import Front  # noqa: E402

# How long a thread may keep the interpreter while others want it: the event loop must not wait 5 ms for its turn.
sys.setswitchinterval(0.001)

try:
    app = Front(create_app())
except SettingsError as error:
    print(error, file=sys.stderr)
    raise SystemExit(2) from None

gc.freeze()
gc.enable()
