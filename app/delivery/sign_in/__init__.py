"""Sign-ins: get an access token from a token server when one is needed, and renew it when it is refused (B8).

`recipe` makes the request to the token server, `answer` reads what it says, `desk` keeps tokens in SQL and
sees to it that one worker alone asks. Two thin drivers: `keeper` for the engine, where nothing may block,
and `waiting` for a web request that waits.
"""

from app.delivery.sign_in.answer import Refusal, Token
from app.delivery.sign_in.desk import TokenDesk
from app.delivery.sign_in.keeper import TokenKeeper
from app.delivery.sign_in.waiting import Fetched, fetch, send_signed_in

__all__ = ["Fetched", "Refusal", "Token", "TokenDesk", "TokenKeeper", "fetch", "send_signed_in"]
