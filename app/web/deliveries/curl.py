"""A request as a command for a POSIX shell: pasted, it sends exactly these bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict
from app.models.permission import RESEND
from app.queries.deliveries.detail import delivery_detail
from app.services.signed_requests import SignedRequest, request_now
from app.web.deliveries.blueprint import bp
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.times import clock

# Linux takes 128 KiB in one argument; what is longer goes through a pipe.
LONGEST_ARGUMENT = 100_000
# What a clipboard or a terminal may change: control characters but a line feed, and a tab, which completes words.
_UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_OWN = frozenset({"host", "content-length"})


@bp.get("/<delivery_id>/curl")
@requires(RESEND)
def as_curl(delivery_id: str) -> Response:
    """The command, signed at this moment."""
    space_id = current_space_id()
    detail = delivery_detail(space_id, delivery_id, clock)
    request, refused = None, ""
    try:
        request = request_now(space_id, delivery_id)
    except Conflict as conflict:
        refused = conflict.message
    return render_page(
        "deliveries/curl.html",
        blocks={"modal-content": "command", "log": "command"},
        status=409 if refused else 200,
        detail=detail,
        command=command_of(request) if request else "",
        is_masked=request.is_masked if request else False,
        refused=refused,
    )


def command_of(request: SignedRequest) -> str:
    """The command for a request."""
    return curl_command(request.method, request.url, request.headers, request.body)


def curl_command(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> str:
    """For sh, bash, dash and zsh. Bytes that a clipboard would change travel as octal numbers."""
    parts = [f"curl --request {quoted(method)} --globoff --url {quoted(url)}"]
    parts += [
        f"--header {quoted(_header(name, value))}" for name, value in headers if name.lower() not in _OWN
    ]
    before = ""
    if body:
        text = _as_argument(body)
        before = "" if text is not None else f"printf {_octal(body)} | "
        parts.append(f"--data-binary {quoted(text) if text is not None else '@-'}")
    return before + " \\\n  ".join(parts)


def quoted(text: str) -> str:
    """One word of a shell, whatever it holds."""
    return "'" + text.replace("'", "'\\''") + "'"


def _header(name: str, value: str) -> str:
    """curl leaves out a header without a value unless it ends with a semicolon."""
    return f"{name}: {value}" if value else f"{name};"


def _as_argument(body: bytes) -> str | None:
    """The body as text that can stand in the command; None if it has to go through a pipe."""
    if len(body) > LONGEST_ARGUMENT or body.startswith(b"@"):
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if _UNSAFE.search(text) else text


def _octal(body: bytes) -> str:
    """The body as the format of `printf`, which is built into the shell, so its length has no limit."""
    return "'" + "".join(_octal_bytes(body)) + "'"


def _octal_bytes(body: bytes) -> Iterator[str]:
    for byte in body:
        letter = chr(byte)
        if letter == "%":
            yield "%%"
        elif 0x20 <= byte < 0x7F and letter not in "\\'":
            yield letter
        else:
            yield f"\\{byte:03o}"


def note_words(is_masked: bool) -> str:
    """What to know before it is pasted."""
    signed = _("It is signed as of now: most receivers accept it for five minutes.")
    if not is_masked:
        return signed
    return f"{signed} {_('Passwords and keys are masked (••••): put them in before you run it.')}"
