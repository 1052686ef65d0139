"""Whether a request names this server, as `web/security.py` asks of every request in production."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.core.settings import Settings
from app.front.requests import RequestHead
from app.web.security import PROBED_AS


class Hosts:
    """The names that are ours; all of them, outside production."""

    def __init__(self, settings: Settings) -> None:
        self._ours = {urlsplit(settings.base_url).hostname, *PROBED_AS} if settings.production else None
        self._proxies = settings.trusted_proxies

    def knows(self, head: RequestHead) -> bool:
        """True if the request is for one of our names."""
        return self._ours is None or self._named(head) in self._ours

    def _named(self, head: RequestHead) -> str | None:
        told = [part.strip() for part in (head.header(b"x-forwarded-host") or "").split(",")]
        trusted = self._proxies and len(told) >= self._proxies and told[-self._proxies]
        try:
            return urlsplit(f"//{trusted or head.header(b'host') or ''}").hostname
        except ValueError:
            return None
