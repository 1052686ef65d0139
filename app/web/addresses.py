"""What a list takes in its address: anything else, and anything twice, would be overlooked in silence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.core.validation import refuse_repeated


def takes(*names: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Let a page be asked with these query parameters alone, each at most once; else `Invalid` (422).

    The view has them as `query_names`.
    """

    def mark(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Response:
            _refuse_unknown(names)
            refuse_repeated(request.args.to_dict(flat=False))
            return view(*args, **kwargs)

        checked.query_names = names  # type: ignore[attr-defined]
        return checked

    return mark


def _refuse_unknown(names: tuple[str, ...]) -> None:
    unknown = [name for name in request.args if name not in names]
    if unknown:
        said = _("This page has no filter of this name. Take it out of the address.")
        raise Invalid([FieldError(name, said) for name in unknown])
