"""Use cases of a sign-in: create, change, delete, test, connect (B8).

`schema` says what may be typed, `settings` moves it in and out of the row, `asking` gets tokens,
`connecting` sends a person to the other system and takes the code that comes back.
"""

from app.services.sign_ins.asking import Tested, test
from app.services.sign_ins.connecting import Connected, ConnectFailed, begin_connect, finish_connect
from app.services.sign_ins.crud import create, delete, find, state_of, update
from app.services.sign_ins.settings import settings_of

__all__ = [
    "ConnectFailed",
    "Connected",
    "Tested",
    "begin_connect",
    "create",
    "delete",
    "find",
    "finish_connect",
    "settings_of",
    "state_of",
    "test",
    "update",
]
