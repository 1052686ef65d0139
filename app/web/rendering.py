"""Page or fragment: decided here and nowhere else.

A region of a page is a `{% block %}`. htmx names the element it will replace; if that element has a block
here, the block alone is rendered, else the whole page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from flask import Response, make_response, redirect, render_template, request
from htmx_flask import make_response as htmx_response
from jinja2_fragments.flask import render_block, render_blocks
from werkzeug.wrappers import Response as BaseResponse

# What htmx takes as "swap this in, and ask no more" (a poller has reached its end).
STOP_POLLING = 286

R = TypeVar("R", bound=BaseResponse)


def wants_fragment() -> bool:
    """True if htmx asks for a part of a page, and not for a whole one to go back in history."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def wants_block_of(blocks: Mapping[str, str]) -> str | None:
    """The block for the element that htmx is going to replace; None: render the whole page."""
    return blocks.get(_target()) if wants_fragment() else None


def render_page(
    template: str, blocks: Mapping[str, str] | None = None, status: int = 200, **context: Any
) -> Response:
    """The whole page, or the block that belongs to htmx's target.

    blocks: element id -> block name. An unknown target gets the whole page.
    """
    block = wants_block_of(blocks or {})
    html = render_block(template, block, **context) if block else render_template(template, **context)
    return varied(make_response(html, status))


def render_part(
    template: str, block: str | list[str], status: int = 200, retarget: str | None = None, **context: Any
) -> Response:
    """Blocks of a page for an answer that htmx alone can get; `retarget` is a CSS selector."""
    names = [block] if isinstance(block, str) else block
    html = render_blocks(template, names, **context)
    reswap = "outerHTML" if retarget else None
    return varied(htmx_response((html, status), retarget=retarget, reswap=reswap))


def query_shown() -> Mapping[str, str]:
    """The query of the page that a person sees: a button that htmx posts from it does not carry the filters."""
    if request.method == "GET" or not wants_fragment():
        return request.args
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    return dict(parse_qsl(shown.query, max_num_fields=50)) if shown.path.startswith("/") else {}


def nothing_new() -> Response:
    """204: htmx leaves the page as it is and goes on asking."""
    return varied(make_response("", 204))


def stop_polling() -> Response:
    """286 with nothing in it: htmx leaves the page as it is and asks no more."""
    response = htmx_response(("", STOP_POLLING), reswap="none")
    return varied(response)


def go_to(url: str) -> BaseResponse:
    """303 to another page; htmx is told to load it as a page, not to swap it into an element."""
    if wants_fragment():
        return varied(htmx_response(("", 200), redirect=url))
    return varied(redirect(url, 303))


def varied(response: R) -> R:
    """The same address answers with a page or a fragment, so caches must keep them apart."""
    response.vary.update(["HX-Request", "HX-Target"])
    return response


def _target() -> str:
    return request.htmx.target or ""  # type: ignore[attr-defined]
