"""Spaces: make one, change its settings, archive and delete it; and all of that for a host product."""

from app.services.spaces.ending import (
    DELETED_FOR_GOOD_AFTER,
    archive,
    delete,
    restore,
)
from app.services.spaces.hosted import find_space, put_space, space_called
from app.services.spaces.making import add_space, create_space, space_named
from app.services.spaces.settings import change_settings

__all__ = [
    "DELETED_FOR_GOOD_AFTER",
    "add_space",
    "archive",
    "change_settings",
    "create_space",
    "delete",
    "find_space",
    "put_space",
    "restore",
    "space_called",
    "space_named",
]
