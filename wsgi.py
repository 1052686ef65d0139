"""The web application for WSGI servers: `granian --interface wsgi wsgi:app`."""

import gc
import sys

# Nothing that is made while the program loads is garbage, so nobody looks for it: it starts sooner.
gc.disable()

from app import create_app  # noqa: E402
from app.core.settings import SettingsError  # noqa: E402

try:
    app = create_app()
except SettingsError as error:
    print(error, file=sys.stderr)
    raise SystemExit(2) from None

gc.freeze()
gc.enable()
