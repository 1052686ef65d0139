"""People and their accounts: who they are, how they log in, which spaces they belong to (E1, F7, security.md)."""

from app.services.people.accounts import add_person, change_password, create_person, typed_email
from app.services.people.log_in import (
    SESSION_FOR,
    Visit,
    awaits_code,
    confirm_code,
    log_in,
    log_out,
    session_of,
    spaces_of,
    switch_space,
)

__all__ = [
    "SESSION_FOR",
    "Visit",
    "add_person",
    "awaits_code",
    "change_password",
    "confirm_code",
    "create_person",
    "log_in",
    "log_out",
    "session_of",
    "spaces_of",
    "switch_space",
    "typed_email",
]
