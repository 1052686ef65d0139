"""The shape in which an answer says a webhook's settings, made from the schema that takes them."""

from __future__ import annotations

from functools import cache
from types import GenericAlias
from typing import Any, NotRequired, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

from app.services.webhooks.fields import table_of


@cache
def shape_of(schema: type[BaseModel]) -> Any:
    """A typed dictionary with every setting of a schema but the secret ones."""
    table = table_of(schema)
    secret = {field for field, setting in table.items() if setting.secret}
    refers = {field for field, setting in table.items() if setting.refers}
    members = {
        field: NotRequired[_answered(info)] if field in refers else _answered(info)
        for field, info in ((f, i.rebuild_annotation()) for f, i in schema.model_fields.items())
        if field not in secret
    }
    shape = TypedDict(f"{schema.__name__.removesuffix('In')}Out", members)  # type: ignore[misc]
    shape.__doc__ = schema.__doc__
    return shape


def _answered(kind: Any) -> Any:
    """The type of a member: objects as shapes, also in lists."""
    if isinstance(kind, type) and not get_args(kind) and issubclass(kind, BaseModel):
        return shape_of(kind)
    if hasattr(kind, "__metadata__"):
        return _answered(kind.__origin__) if _holds_objects(kind.__origin__) else kind
    if get_origin(kind) is list and _holds_objects(kind):
        return GenericAlias(list, tuple(_answered(one) for one in get_args(kind)))
    return kind


def _holds_objects(kind: Any) -> bool:
    return any(isinstance(one, type) and issubclass(one, BaseModel) for one in get_args(kind))
