"""Headers that every answer carries, and whom to believe about the visitor's address (security.md)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core.settings import Settings
from app.core.space_path import CarriedSpace
from app.web.portal.cookies import Cookies
from app.web.portal.policy import framed

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
STATIC_FOR_S = 3600
# What programs on the same machine call us. Health checks may call us anything, mostly an address.
PROBED_AS = ("localhost", "127.0.0.1", "::1")
PROBES = ("health.alive", "health.ready")


def install(app: Flask) -> None:
    """Attach the headers and the proxy rule."""
    settings: Settings = app.config["SETTINGS"]
    app.wsgi_app = CarriedSpace(app.wsgi_app)  # type: ignore[method-assign]
    app.session_interface = Cookies()
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_FOR_S
    if settings.production:
        trusted = {urlsplit(settings.base_url).hostname, *PROBED_AS}
        app.before_request(lambda: _refuse_other_hosts(trusted))

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CSP)
        framed(response, headers["Content-Security-Policy"])
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
        if settings.secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            headers["Cache-Control"] = "no-store"
            if "Vary" in headers:
                response.vary.add("Cookie")
            else:  # the same, without taking an empty header apart: this runs for every answer
                headers["Vary"] = "Cookie"
        return response


def _refuse_other_hosts(trusted: set[str | None]) -> Response | None:
    """400 for a Host header that is not ours. In words only: a page would need addresses, which need a host."""
    try:
        host = urlsplit(f"//{request.host}").hostname
    except ValueError:
        host = None
    if host in trusted or request.endpoint in PROBES:
        return None
    return Response("This server has another name. Check BASE_URL.\n", 400, mimetype="text/plain")
