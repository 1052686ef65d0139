"""Which space a call is about: that of the key, or the one that a host product's key names (api.md)."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import gettext as _

from app.api.problems import Problem
from app.core.errors import NotFound
from app.core.route_policy import View
from app.models import ApiKey, InstanceKey, Space
from app.services.api_keys import find_key
from app.services.instance_keys import find_instance_key, is_instance_key
from app.services.spaces import find_space, space_called

HEADER = "Hookdesk-Space"
HEADER_HELP = (
    "With an instance key: the space that the call is about, `spc_...` or `ext:` and the id that you gave it. "
    "A space's own key needs none"
)


def for_all_spaces(view: View) -> View:
    """Declare that an instance key may call a route without naming a space: it is then about all of them."""
    view.for_all_spaces = True  # type: ignore[attr-defined]
    return view


def find_caller(text: str) -> ApiKey | InstanceKey | None:
    """The key with this text, of a space or of the instance, if it may be used now."""
    return find_instance_key(text) if is_instance_key(text) else find_key(text)


def chosen_space_id(key: ApiKey | InstanceKey) -> str | None:
    """The space that this call is about; None: all of them. Raises `Problem`: unknown, archived, another one, none."""
    if isinstance(key, InstanceKey):
        return _named_by_host()
    named = _in_header()
    if named is not None and named != key.space_id and not _is_called(key.space_id, named):
        said = _("This key belongs to another space than the header %(name)s names.", name=HEADER)
        raise Problem(403, "other-space", _("This key is for another space"), said)
    if key.space_archived_at is not None:
        raise archived(find_space(key.space_id))
    return key.space_id


def archived(space: Space) -> Problem:
    """409: nothing can be done in this space any more."""
    said = _("The space “%(name)s” is archived. Restore it first.", name=space.name)
    return Problem(409, "space-archived", _("This space is archived"), said)


def _in_header() -> str | None:
    """What the header says. Headers reach us as Latin-1, whatever a host product writes its ids in."""
    named = request.headers.get(HEADER)
    try:
        return named.encode("latin-1").decode() if named else named
    except UnicodeError:
        return named


def _named_by_host() -> str | None:
    view = current_app.view_functions[str(request.endpoint)]
    in_address = (request.view_args or {}).get("space_id")
    if (
        in_address is not None
    ):  # the call is about the space itself, and knows what to do with an archived one
        return _known(in_address).id
    named = _in_header()
    if named is None:
        if getattr(view, "for_all_spaces", False):
            return None
        said = _("Name the space in the header %(name)s: spc_... or ext: and your own id.", name=HEADER)
        raise Problem(400, "no-space", _("Which space is meant is missing"), said)
    space = _known(named)
    if space.archived_at is not None:
        raise archived(space)
    return space.id


def _known(name: str) -> Space:
    try:
        return space_called(name)
    except NotFound:
        said = _("There is no space “%(name)s”.", name=name[:200])
        raise Problem(404, "not-found", _("There is no such space"), said) from None


def _is_called(space_id: str, name: str) -> bool:
    try:
        return space_called(name).id == space_id
    except NotFound:
        return False
