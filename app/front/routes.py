"""What a request's route wants of it, as far as the front has to know before it reads a body."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask
from werkzeug.exceptions import HTTPException

from app.api.blueprint import bp as api
from app.core.route_policy import SCOPE, declared_by
from app.core.space_path import split
from app.front.requests import RequestHead


class Route(NamedTuple):
    """`scope`: what an API key must carry; empty if the route takes none, or reads it elsewhere than in the head."""

    scope: str


class Routes:
    """The routes of an application."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._adapter = app.url_map.bind("localhost")

    def find(self, head: RequestHead) -> Route | None:
        """The route; None if there is no such address, or not with this method."""
        try:
            carried = split(head.path)
            path = carried.rest if carried else head.path
            endpoint, _values = self._adapter.match(path, method=head.method)
        except HTTPException:
            return None
        declared = declared_by(self._app, endpoint) or ""
        reads_keys = endpoint.startswith(f"{api.name}.") and declared.startswith(SCOPE)
        return Route(declared.removeprefix(SCOPE) if reads_keys else "")
