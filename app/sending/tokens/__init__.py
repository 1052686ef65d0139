"""OAuth credentials: get an access token from a token server when one is needed, and renew it when it is refused (B8).

`token_request` makes the request to the token server, `token_answer` reads what it says, `token_store` keeps tokens and
sees to it that one worker alone asks. Two thin drivers: `injector` for the engine, where nothing may block,
and `waiting` for a web request that waits.
"""

from app.sending.tokens.injector import TokenInjector
from app.sending.tokens.token_answer import Token, TokenRefusal
from app.sending.tokens.token_store import TokenStore
from app.sending.tokens.waiting import Fetched, Send, fetch, send_with_token

__all__ = [
    "Fetched",
    "TokenRefusal",
    "Send",
    "Token",
    "TokenStore",
    "TokenInjector",
    "fetch",
    "send_with_token",
]
