"""Target: a webhook as the sender needs it, its secrets in the clear. Lives in memory only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.audit.differences import MASK
from app.core.version import USER_AGENT
from app.models.retry_schedule import check_schedule
from app.outbound import header_lines
from app.sending.message.formats import FORMATS
from app.sending.message.hosts import may_go_to
from app.sending.message.layout import DOMAIN, SECRET, SPACE, TOPIC, Layout, SelectedField
from app.sending.message.masking import Scrubber, has_secret_name
from app.sending.message.rendering import basic_authorization, content_type_of, headers_around
from app.sending.message.request_template import RequestTemplateRow, request_template_of
from app.sending.message.sender_identity import SenderIdentity, space_secret
from app.sending.message.signing import SigningKey, parse_secret

# Far above what a form allows: only a damaged row has more.
LONGEST_TIMEOUT_S = 3600
# A target without long settings: keys, scrubbers, request template.
STANDARD_BYTES = 4000


@dataclass(frozen=True, slots=True)
class TimedKey:
    """A signing key and when it ends, in milliseconds since 1970 (None: it does not)."""

    key: SigningKey
    expires_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how to send. `scrub` takes the secrets out of what is recorded (None: there are none).

    `layout_scrub`: the same for what the format puts into body and address.
    `before` and `after`: the headers that all its requests have in common, around those of one attempt.
    `lines`: the same two parts as they go out; None with an OAuth credential, as they are not whole without its token.
    `oauth_credential`: the id of the one whose token takes the place of the bullets in `Authorization`.
    `credential_fits`: its connection names the host; if not, nothing is sent.
    `request_template`: how what all requests have in common is kept. None: they are kept as they are.
    """

    webhook_id: str
    version: int
    space_id: str
    url: str
    method: str
    layout: Layout
    oauth_credential: str | None
    credential_fits: bool
    keys: tuple[TimedKey, ...]
    success_rule: str
    timeout_ms: int
    schedule: tuple[int, ...]
    scrub: Scrubber | None
    layout_scrub: Scrubber | None
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    lines: tuple[list[str], list[str]] | None
    request_template: RequestTemplateRow | None

    def keys_at(self, now_ms: int) -> list[SigningKey]:
        """The keys that sign at this moment, newest first."""
        if len(self.keys) == 1 and self.keys[0].expires_at_ms is None:  # no rotation is under way
            return [self.keys[0].key]
        return [k.key for k in self.keys if k.expires_at_ms is None or k.expires_at_ms > now_ms]

    def size(self) -> int:
        """Bytes it takes in memory, roughly: its address and its headers stand in it several times."""
        own = sum(len(name) + len(value) for name, value in (*self.before, *self.after))
        fields = sum(len(field.path) + len(field.name) for field in self.layout.fields or ())
        return STANDARD_BYTES + 4 * (len(self.url) + own) + 2 * fields

    def for_own_messages(self) -> Target:
        """The same receiver for what we have to say ourselves: all of it, whatever fields were chosen."""
        return replace(self, layout=self.layout._replace(fields=None))

    def with_field(self, name: str) -> Target:
        """The same receiver, sent one field more of the data if only some are sent."""
        fields = self.layout.fields
        if fields is None or name in (field.name for field in fields):
            return self
        return replace(self, layout=self.layout._replace(fields=(*fields, SelectedField(name, name))))


def target_from(
    row: Mapping[str, Any], decrypt: Callable[[str], str], sender_identity: SenderIdentity | None = None
) -> Target:
    """A target from a row of `webhook` with its `secrets`, as the ledger reads it.

    `decrypt` decrypts one kept secret. `sender_identity`: for formats that say who sends.
    JSON columns may come as text (SQLite) or parsed (PostgreSQL). Raises whatever a row that cannot be used
    raises, here and not while it is sent or recorded.
    """
    _check(row)
    headers: dict[str, str] = json.loads(decrypt(row["own_headers"])) if row["own_headers"] else {}
    password = decrypt(row["auth_password"]) if row["auth_password"] else None
    hidden = [value for name, value in headers.items() if has_secret_name(name)]
    authorization = _authorization(row, password)
    secrets = [s for s in (password, *hidden, authorization and authorization.split()[1]) if s]
    oauth_credential = row["oauth_credential_id"] if row["auth_kind"] == "oauth" else None
    before, after = headers_around(
        content_type_of(row["format"], row["method"]),
        user_agent=USER_AGENT,
        authorization=authorization,
        own=list(headers.items()),
    )
    keys = tuple(TimedKey(parse_secret(decrypt(kept)), end) for kept, end in row["secrets"])
    layout = _layout(row, keys, sender_identity)
    inside = [layout.secret] if layout.secret else []
    replayable = FORMATS[layout.format].replayable
    return Target(
        webhook_id=row["id"],
        version=row["version"],
        space_id=row["space_id"],
        url=row["url"],
        method=row["method"],
        layout=layout,
        oauth_credential=oauth_credential,
        credential_fits=oauth_credential is None or may_go_to(row["url"], parsed(row["oauth_hosts"]) or ()),
        keys=keys,
        success_rule=row["success_rule"],
        timeout_ms=row["timeout_s"] * 1000,
        schedule=check_schedule(parsed(row["retry_schedule"])),
        scrub=Scrubber(secrets + inside) if secrets or inside else None,
        layout_scrub=Scrubber(inside) if inside else None,
        before=tuple(before),
        after=tuple(after),
        lines=None if oauth_credential else (header_lines(before), header_lines(after)),
        request_template=request_template_of(row["method"], row["url"], before, after, layout.text())
        if replayable
        else None,
    )


def _check(row: Mapping[str, Any]) -> None:
    """What is looked at only after the message is on its way must be right before."""
    timeout_s = row["timeout_s"]
    if not isinstance(timeout_s, int) or not 0 < timeout_s <= LONGEST_TIMEOUT_S:
        raise ValueError("The time limit is no number of seconds.")
    if not isinstance(row["url"], str) or not row["url"]:
        raise ValueError("There is no address.")


def _layout(
    row: Mapping[str, Any], keys: tuple[TimedKey, ...], sender_identity: SenderIdentity | None
) -> Layout:
    """Only what the format uses: equal layouts share a request template."""
    chosen = parsed(row["payload_fields"])
    fields = None if chosen is None else tuple(SelectedField(one["path"], one["name"]) for one in chosen)
    says = FORMATS[row["format"]].says
    if sender_identity is None and says & {DOMAIN, TOPIC}:
        raise ValueError(f"Format {row['format']} says who sends, and nobody said it.")
    return Layout(
        row["format"],
        fields,
        space_id=row["space_id"] if SPACE in says else "",
        secret=space_secret(keys[0].key) if SECRET in says else "",
        domain=sender_identity.domain if sender_identity and DOMAIN in says else "",
        topic=sender_identity.topic(row) if sender_identity and TOPIC in says else None,
    )


def _authorization(row: Mapping[str, Any], password: str | None) -> str | None:
    if row["auth_kind"] == "basic":
        return basic_authorization(row["auth_username"], password or "")
    return f"Bearer {MASK}" if row["auth_kind"] == "oauth" else None


def parsed(value: Any) -> Any:
    """A JSON column's value: SQLite gives text, PostgreSQL has read it. ValueError if it is no JSON."""
    return json.loads(value) if isinstance(value, str) else value
