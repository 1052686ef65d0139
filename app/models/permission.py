"""The one registry of permissions (E1): what each is called, what it brings along, who may give it.

A permission joins by one line of `REGISTRY`; no data is migrated. Owner and admin have every permission,
computed and never stored; other roles store the names of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


def N_(text: str) -> str:
    """Mark a text for translation where no language is known yet."""
    return text


VIEW_WEBHOOKS = "webhooks.view"
RESEND = "webhooks.resend"
SHARE = "webhooks.share"
MANAGE_WEBHOOKS = "webhooks.manage"
VIEW_OAUTH = "oauth.view"
USE_OAUTH = "oauth.use"
MANAGE_OAUTH = "oauth.manage"
VIEW_INCOMING = "incoming.view"
MANAGE_INCOMING = "incoming.manage"
PUBLISH_EVENTS = "events.publish"
MANAGE_API_KEYS = "api_keys.manage"
MANAGE_SETTINGS = "settings.manage"
MANAGE_ALERTS = "alerts.manage"
VIEW_AUDIT = "audit.view"
MANAGE_PEOPLE = "people.manage"
MANAGE_ROLES = "roles.manage"
MANAGE_SPACE = "space.manage"

# Who holds a permission may give those that name it in `given_by`.
BY_ROLES = MANAGE_ROLES


@dataclass(frozen=True, slots=True)
class Permission:
    """`label` and `group` in words, not translated yet. `implies`: what it cannot do without, and brings along.

    `given_by`: the permission that somebody needs to give this one to a role; None: owner and admin have it
    and no role can get it. `in_portal`: a host product may give it to who comes by a portal link.
    """

    name: str
    label: str
    group: str
    implies: tuple[str, ...] = ()
    given_by: str | None = BY_ROLES
    in_portal: bool = True


_WEBHOOKS, _OAUTH = N_("Webhooks"), N_("OAuth connections")
# Records: one pair for each tool (`app/catalogue/records`), in the order of the tools.
_TOOLS: dict[str, tuple[str, str, str]] = {
    "crm": (N_("CRM records"), N_("See CRM records"), N_("Change CRM records")),
    "tasks": (N_("Tasks"), N_("See tasks"), N_("Change tasks")),
    "activities": (N_("Activities"), N_("See activities"), N_("Change activities")),
    "posts": (N_("Posts and comments"), N_("See posts and comments"), N_("Write posts and comments")),
    "chats": (N_("Chats"), N_("See chats"), N_("Write in chats")),
    "projects": (N_("Projects"), N_("See projects"), N_("Change projects")),
    "jobs": (N_("Jobs and estimates"), N_("See jobs and estimates"), N_("Change jobs and estimates")),
    "documents": (N_("Documents"), N_("See documents"), N_("Change documents")),
    "outreach": (N_("Outreach"), N_("See outreach records"), N_("Change outreach records")),
}


def _of_records() -> list[Permission]:
    return [
        one
        for tool, (group, see, change) in _TOOLS.items()
        for one in (
            Permission(f"records.{tool}.view", see, group),
            Permission(f"records.{tool}.manage", change, group, (f"records.{tool}.view",)),
        )
    ]


_INCOMING, _SPACE = N_("Incoming webhooks"), N_("Space")

# In the order in which they stand on screen.
REGISTRY: dict[str, Permission] = {
    one.name: one
    for one in (
        Permission(VIEW_WEBHOOKS, N_("See webhooks and events"), _WEBHOOKS),
        Permission(RESEND, N_("Resend events"), _WEBHOOKS, (VIEW_WEBHOOKS,)),
        Permission(SHARE, N_("Share events by a read-only link"), _WEBHOOKS, (VIEW_WEBHOOKS,)),
        Permission(
            MANAGE_WEBHOOKS,
            N_("Manage webhooks"),
            _WEBHOOKS,
            (VIEW_WEBHOOKS, MANAGE_ALERTS, MANAGE_SETTINGS),
        ),
        Permission(VIEW_OAUTH, N_("See OAuth connections"), _OAUTH),
        Permission(USE_OAUTH, N_("Use OAuth connections in webhooks"), _OAUTH, (VIEW_OAUTH,)),
        Permission(MANAGE_OAUTH, N_("Manage OAuth connections"), _OAUTH, (USE_OAUTH,)),
        Permission(VIEW_INCOMING, N_("See incoming webhooks"), _INCOMING),
        # An incoming webhook acts as a person of ours, which somebody in a portal is not.
        Permission(
            MANAGE_INCOMING, N_("Manage incoming webhooks"), _INCOMING, (VIEW_INCOMING,), in_portal=False
        ),
        Permission(
            PUBLISH_EVENTS, N_("Publish events through incoming webhooks"), _INCOMING, in_portal=False
        ),
        *_of_records(),
        Permission(MANAGE_API_KEYS, N_("Manage API keys"), _SPACE, in_portal=False),
        Permission(MANAGE_SETTINGS, N_("Change the settings of the space"), _SPACE),
        Permission(MANAGE_ALERTS, N_("Manage alerts"), _SPACE),
        Permission(VIEW_AUDIT, N_("See the audit log"), _SPACE, in_portal=False),
        Permission(MANAGE_PEOPLE, N_("Manage people"), _SPACE, given_by=None, in_portal=False),
        Permission(MANAGE_ROLES, N_("Manage roles"), _SPACE, given_by=None, in_portal=False),
        Permission(
            MANAGE_SPACE,
            N_("Rename, archive and delete the space"),
            _SPACE,
            given_by=None,
            in_portal=False,
        ),
    )
}

ALL: tuple[str, ...] = tuple(REGISTRY)

# What roles may still have stored, and what it is called now.
_FORMERLY = {"sign_ins.view": VIEW_OAUTH, "sign_ins.manage": MANAGE_OAUTH}


def current_name(name: str) -> str:
    """What a permission is called now. Raises ValueError if there is none of this name."""
    name = _FORMERLY.get(name, name)
    if name not in REGISTRY:
        raise ValueError(f"There is no permission {name!r}.")
    return name


def with_implied(names: Iterable[str]) -> list[str]:
    """These permissions and what they bring along, in the order of the registry; unknown names are left out."""
    found: set[str] = set()
    open_names = [_FORMERLY.get(name, name) for name in names]
    while open_names:
        name = open_names.pop()
        if name in REGISTRY and name not in found:
            found.add(name)
            open_names += REGISTRY[name].implies
    return [name for name in ALL if name in found]


def grantable(held: Iterable[str]) -> list[str]:
    """The permissions that somebody who holds `held` may give to a role."""
    mine = set(held)
    return [name for name, one in REGISTRY.items() if one.given_by in mine]
