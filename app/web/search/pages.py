"""Which pages can be found by name: those of the navigation and the settings."""

from __future__ import annotations

from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from app.models.permission import VIEW_WEBHOOKS
from app.queries.search.pages import EXTENSION, NamedPage
from app.web.home.pages import all_settings_pages, navigation
from app.web.search.blueprint import bp


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[EXTENSION] = named_pages


def named_pages() -> list[NamedPage]:
    """All of them, whoever may see them."""
    found = [NamedPage(*page) for page in [*navigation(), *all_settings_pages()]]
    return [*found, NamedPage("home.help_page", _("Help"), VIEW_WEBHOOKS)]
