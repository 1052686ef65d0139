"""Use cases of a webhook: create, change, test, turn on and off, rotate its secret key.

`schema` and `sending` say what may be typed, `defaults` with what a new one starts, `settings` moves it in
and out of the row, `probe` sends tests and pings, `lifecycle` turns on and off, `confirmation` asks the
receiver, `recovery_probe` looks whether it works again, `holding` moves what waits, `secret_keys` signs, `changes`
keeps what was done.
"""

from app.services.webhooks.confirmation import ask as ask_for_confirmation
from app.services.webhooks.crud import CreatedWebhook, create, delete, duplicate, update
from app.services.webhooks.defaults import change_defaults, defaults_of
from app.services.webhooks.finding import find
from app.services.webhooks.lifecycle import PingFailed, disable, enable, enable_tested, pause, resume
from app.services.webhooks.numbers import id_of_number
from app.services.webhooks.preview import Preview, preview
from app.services.webhooks.probe import test
from app.services.webhooks.secret_keys import (
    end_old_secrets,
    public_key,
    public_keys,
    reveal_secret,
    rotate_secret,
    secret_in_messages,
)
from app.services.webhooks.settings import duplicate_settings, settings_of
from app.services.webhooks.warnings import warnings_of

__all__ = [
    "CreatedWebhook",
    "PingFailed",
    "Preview",
    "ask_for_confirmation",
    "change_defaults",
    "create",
    "defaults_of",
    "delete",
    "disable",
    "duplicate",
    "duplicate_settings",
    "enable",
    "enable_tested",
    "end_old_secrets",
    "find",
    "id_of_number",
    "pause",
    "preview",
    "public_key",
    "public_keys",
    "resume",
    "reveal_secret",
    "rotate_secret",
    "secret_in_messages",
    "settings_of",
    "test",
    "update",
    "warnings_of",
]
