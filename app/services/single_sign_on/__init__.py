"""Logging in with the account of another system: OpenID Connect, authorization code with PKCE.

`provider` speaks with it, `identity` proves who came back, `arriving` finds whose account that is.
"""

from app.services.single_sign_on.arriving import NotInvited, arrive
from app.services.single_sign_on.identity import Departure, depart
from app.services.single_sign_on.provider import SignOnFailed, configured

__all__ = ["Departure", "NotInvited", "SignOnFailed", "arrive", "configured", "depart"]
