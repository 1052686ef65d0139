"""What a host product says when it makes a portal link."""

from __future__ import annotations

import re
from typing import Annotated

from flask import current_app
from flask_babel import gettext as _
from pydantic import AfterValidator, Field, field_validator

from app.core.validation import PRINTABLE, Schema
from app.models.permission import REGISTRY
from app.services.portal.theme import COLOUR, IMAGE, IMAGE_LENGTH, origin_of
from app.services.spaces.schema import Language

DEFAULT_EXPIRES_S, LONGEST_EXPIRES_S = 900, 7 * 24 * 3600
# A path of ours: one slash, then no second slash or backslash, which browsers read as another host.
_PAGE = re.compile(r"/(?![/\\])[^\x00-\x20\x7f]*")
PORTAL_PERMISSIONS = tuple(name for name, one in REGISTRY.items() if one.in_portal)


def _colour(text: str) -> str:
    if not COLOUR.fullmatch(text):
        raise ValueError(_("Enter a colour such as #0a6b5f."))
    return text.lower()


def _logo(text: str) -> str:
    if text.startswith("data:"):
        if len(text) > IMAGE_LENGTH or not IMAGE.fullmatch(text):
            raise ValueError(
                _("Send a PNG, JPEG, WebP or GIF as data:image/...;base64,... of at most 32 kB.")
            )
        return text
    ancestors = current_app.config["SETTINGS"].portal_frame_ancestors
    if not text.isascii() or not text.isprintable() or " " in text or origin_of(text) not in ancestors:
        raise ValueError(
            _(
                "Enter an https:// address of a site that PORTAL_FRAME_ANCESTORS names, or send the picture itself."
            )
        )
    return text


def _page(path: str) -> str:
    if not _PAGE.fullmatch(path):
        raise ValueError(_("Enter a path of a page here, such as /webhooks."))
    return path


class PortalPerson(Schema):
    """Whom the host product lets in: they are named in the audit log."""

    external_id: Annotated[str, Field(min_length=1, max_length=200), PRINTABLE]
    name: Annotated[str, Field(max_length=200), PRINTABLE] = ""


class PortalTheme(Schema):
    """How it looks. Left out: as Hookdesk looks; `dark` left out: as the person's system has it."""

    accent: Annotated[str, AfterValidator(_colour)] | None = None
    logo_url: Annotated[str, Field(max_length=IMAGE_LENGTH), AfterValidator(_logo)] | None = None
    dark: bool | None = None


class PortalLinkIn(Schema):
    """A link into one space. It works once, within `expires_in_s` seconds."""

    permissions: Annotated[list[str], Field(min_length=1, max_length=100)]
    person: PortalPerson | None = None
    expires_in_s: Annotated[int, Field(ge=10, le=LONGEST_EXPIRES_S)] = DEFAULT_EXPIRES_S
    language: Language | None = None
    theme: PortalTheme | None = None
    page: Annotated[str, Field(max_length=2000), AfterValidator(_page)] = "/"

    @field_validator("permissions")
    @classmethod
    def _can_be_given(cls, names: list[str]) -> list[str]:
        if any(name not in PORTAL_PERMISSIONS for name in names):
            raise ValueError(_("Choose from: %(names)s.", names=", ".join(PORTAL_PERMISSIONS)))
        return names
