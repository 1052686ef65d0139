"""The form of an OAuth credential: what stands in its fields, and what a service takes.

The well-known parameters have fields of their own, by grant; any other is a row of name and value. A
secret that was typed is not sent back to the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.errors import FieldError, Invalid
from app.models.oauth_credential import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, PASSWORD, REFRESH_TOKEN
from app.sending.tokens.token_request import GENERATED_CODE, is_secret

SPARE_ROWS = 2
MOST_ROWS = 30
CONNECT, TYPED = "connect", "typed"

# The fields of each grant besides those that all have.
OF_ALL = ("client_id", "client_secret", "scope")
OF_GRANT: dict[str, tuple[str, ...]] = {
    CLIENT_CREDENTIALS: (),
    AUTHORIZATION_CODE: ("code", "redirect_uri"),
    REFRESH_TOKEN: ("refresh_token",),
    PASSWORD: ("username", "password"),
}
FIELDS = (*OF_ALL, *(name for names in OF_GRANT.values() for name in names))

Stored = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A further parameter; `kept`: a value is stored and not shown."""

    name: str = ""
    value: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class OAuthCredentialForm:
    """What stands in the fields. `fields`: of the well-known parameters; `kept`: those with a stored secret."""

    name: str = ""
    grant_type: str = CLIENT_CREDENTIALS
    token_url: str = ""
    method: str = "POST"
    send_in: str = "form"
    authorize_url: str = ""
    hosts: str = ""
    code_from: str = CONNECT
    fields: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    others: tuple[ParameterRow, ...] = ()
    spare_rows: int = SPARE_ROWS

    @property
    def rows(self) -> list[ParameterRow]:
        """The rows to show: those with something in them and some empty ones."""
        return [*self.others, *[ParameterRow()] * self.spare_rows]


def from_settings(settings: Mapping[str, Any]) -> OAuthCredentialForm:
    """The fields for stored settings (`services.oauth_credentials.settings_of`)."""
    parameters: Stored = settings["parameters"]
    code = parameters.get("code", GENERATED_CODE)
    return OAuthCredentialForm(
        name=settings["name"],
        grant_type=parameters.get("grant_type") or CLIENT_CREDENTIALS,
        token_url=settings["token_url"],
        method=settings["method"],
        send_in=settings["send_in"],
        authorize_url=settings["authorize_url"] or "",
        hosts=" ".join(settings["hosts"]),
        code_from=CONNECT if code == GENERATED_CODE else TYPED,
        fields={n: v for n, v in parameters.items() if v and v != GENERATED_CODE and n in FIELDS},
        kept=_kept(parameters),
        others=tuple(ParameterRow(n, v or "", v is None) for n, v in parameters.items() if _is_other(n)),
    )


def from_form(form: MultiDict[str, str], stored: Stored) -> OAuthCredentialForm:
    """The fields as they were typed. `stored`: parameters that are kept, secrets None."""
    kept = _kept(stored)
    return OAuthCredentialForm(
        name=form.get("name", ""),
        grant_type=form.get("grant_type", CLIENT_CREDENTIALS),
        token_url=form.get("token_url", ""),
        method=form.get("method", "POST"),
        send_in=form.get("send_in", "form"),
        authorize_url=form.get("authorize_url", ""),
        hosts=form.get("hosts", ""),
        code_from=form.get("code_from", CONNECT),
        fields={name: form.get(name, "") for name in FIELDS if not is_secret(name, "typed")},
        kept=kept,
        others=tuple(
            ParameterRow(n, "" if is_secret(n, v) else v, not v and n in stored) for n, v in _typed_rows(form)
        ),
        spare_rows=SPARE_ROWS + (4 if "add_rows" in form else 0),
    )


def to_data(form: MultiDict[str, str], stored: Stored) -> dict[str, Any]:
    """What a service takes: the shape of the API. Raises `Invalid` for a parameter that stands twice."""
    grant = form.get("grant_type", "")
    parameters: dict[str, str | None] = {"grant_type": grant}
    for name in (*OF_ALL, *OF_GRANT.get(grant, ())):
        value = form.get(name, "")
        if value:
            parameters[name] = value
        elif name in stored and stored[name] in (None, ""):  # a secret that stays, or a code that was used
            parameters[name] = stored[name]
    if grant == AUTHORIZATION_CODE and form.get("code_from") == CONNECT:
        parameters["code"] = GENERATED_CODE
        parameters.pop("redirect_uri", None)
    rows = _typed_rows(form)
    _refuse_repeats([*parameters, *(name for name, _value in rows)])
    parameters |= {name: value or (None if name in stored else "") for name, value in rows}
    connects = parameters.get("code") == GENERATED_CODE
    return {
        "name": form.get("name", ""),
        "token_url": form.get("token_url", ""),
        "method": form.get("method", ""),
        "send_in": form.get("send_in", ""),
        "parameters": parameters,
        "authorize_url": (form.get("authorize_url") or None) if connects else None,
        **({"hosts": form["hosts"].replace(",", " ").split()} if "hosts" in form else {}),
    }


def _kept(parameters: Stored) -> frozenset[str]:
    return frozenset(name for name, value in parameters.items() if value is None)


def _is_other(name: str) -> bool:
    return name not in FIELDS and name != "grant_type"


def _typed_rows(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    pairs = zip(form.getlist("other_name"), form.getlist("other_value"), strict=False)
    return [(n.strip(), v.strip()) for n, v in list(pairs)[:MOST_ROWS] if n.strip() or v.strip()]


def _refuse_repeats(names: list[str]) -> None:
    """Parameters are an object, in which a second one of the same name would vanish without a word."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        message = _("The parameter %(name)s stands twice.", name=repeated[0] or _("without a name"))
        raise Invalid([FieldError("parameters", message)])
