"""Use cases of an OAuth credential: create, change, delete, test, connect (B8).

`schema` says what may be typed, `settings` moves it in and out of the row, `asking` gets tokens,
`connecting` sends a person to the other system and takes the code that comes back.
"""

from app.services.oauth_credentials.connecting import Connected, ConnectFailed, begin_connect, finish_connect
from app.services.oauth_credentials.crud import create, delete, find, state_of, update
from app.services.oauth_credentials.settings import settings_of
from app.services.oauth_credentials.token_tests import TokenTest, test

__all__ = [
    "ConnectFailed",
    "Connected",
    "TokenTest",
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
