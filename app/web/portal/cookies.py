"""The cookie of a portal: its own, for its own addresses, so that a log-in in the same browser stays what it is.

In an iframe of another site a browser sends a cookie only with `SameSite=None; Secure; Partitioned` (CHIPS): kept
apart for each site that frames us. Without https there is no such cookie, and a portal opens in its own tab alone.
"""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app.core.space_path import PORTAL
from app.web.space_path import carried_space, in_portal

NAME, SECURE_NAME = "hookdesk-portal", "__Secure-hookdesk-portal"


class Cookies(SecureCookieSessionInterface):
    """Flask's sessions, in one cookie for people who log in and in another for each space's portal."""

    def get_cookie_name(self, app: Flask) -> str:
        """`__Host-` is for cookies of the whole site; the portal's has a path."""
        if not in_portal():
            return super().get_cookie_name(app)
        return SECURE_NAME if self.get_cookie_secure(app) else NAME

    def get_cookie_path(self, app: Flask) -> str:
        """Portals of two spaces may be open in one browser."""
        carried = carried_space()
        if carried is None or carried.kind != PORTAL:
            return super().get_cookie_path(app)
        return carried.prefix

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """`None` also goes along inside another site's page."""
        return "None" if self.get_cookie_partitioned(app) else super().get_cookie_samesite(app)

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """True for a portal under https."""
        return in_portal() and self.get_cookie_secure(app)
