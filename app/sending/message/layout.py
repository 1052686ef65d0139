"""What a format gets and what it gives: an event, the layout it is put into, and the content of a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from app.audit.differences import MASK

if TYPE_CHECKING:
    from app.sending.message.sns import SnsTopic

# What a format may say besides the event: the space, a secret value that proves it is us, our domain, an SNS topic.
SPACE, SECRET, DOMAIN, TOPIC = "space_id", "secret", "domain", "topic"

Query = list[tuple[str, str]]
Headers = Sequence[tuple[str, str]]

NEWEST_WORDS = 2


class RenderableEvent(NamedTuple):
    """An event as a format needs it.

    timestamp: RFC 3339 UTC. data_json: the data, already JSON. id: what `webhook-id` says. actor: the id
    of who did it, if that was said.
    """

    type: str
    timestamp: str
    data_json: bytes
    id: str = ""
    actor: str | None = None


class SelectedField(NamedTuple):
    """A field of the data that is sent: where it stands, and the key it is sent as (A9)."""

    path: str
    name: str


class Layout(NamedTuple):
    """How an event becomes a message: the format, and what it says besides the event.

    fields: the chosen ones, in their order; None: all data. space_id and secret: for `space`. domain: for
    `notification`. topic: for `sns`. words: how `notification` names services, since what was sent once is shown
    as it was; 1 put an s behind everything. Only what its format uses is set, so equal layouts have equal texts.
    """

    format: str
    fields: tuple[SelectedField, ...] | None = None
    space_id: str = ""
    secret: str = ""
    domain: str = ""
    topic: SnsTopic | None = None
    words: int = NEWEST_WORDS

    def text(self) -> str:
        """The layout as it is kept: the name of its format alone, or JSON. Without its secret."""
        said = {"space_id": self.space_id, "secret": MASK if self.secret else "", "domain": self.domain}
        kept: dict[str, Any] = {name: value for name, value in said.items() if value}
        if self.format == "notification" and self.words > 1:
            kept["words"] = self.words
        if self.fields is not None:
            kept["fields"] = [tuple(field) for field in self.fields]
        return orjson.dumps({"format": self.format, **kept}).decode() if kept else self.format


def layout_of(text: str) -> Layout:
    """A layout from the text it is kept as; in place of a secret stand bullets."""
    if not text.startswith("{"):
        return Layout(text)
    kept = orjson.loads(text)
    if kept["format"] == "notification":
        kept.setdefault("words", 1)
    fields = kept.pop("fields", None)
    return Layout(**kept, fields=None if fields is None else tuple(SelectedField(*field) for field in fields))


class Rendered(NamedTuple):
    """What to send. Without a body, `content_type` is empty and `query` holds the values.

    headers: what the format adds besides `Content-Type`.
    """

    body: bytes
    content_type: str
    query: Query
    headers: Headers = ()


class Format(NamedTuple):
    """A message format: its words in the form, how it makes a body, and the same values as query parameters.

    headers: what it adds to those of every request. replayable: the message follows from event and layout
    alone, so it need not be kept with every attempt (`request_template`). says: which of `SPACE`, `SECRET`, `DOMAIN`
    and `TOPIC` it needs in its layout.
    """

    label: str
    hint: str
    content_type: str
    body: Callable[[RenderableEvent, Layout], bytes]
    query: Callable[[RenderableEvent, Layout], Query]
    headers: Callable[[RenderableEvent, Layout], Headers] | None = None
    replayable: bool = True
    says: frozenset[str] = frozenset()


class AddressTooLarge(ValueError):
    """The values do not fit into a web address. `facts` is what `diagnosis` needs for its sentence."""

    def __init__(self, sentence: str, characters: int | None = None) -> None:
        super().__init__(sentence)
        self.facts = {"part": "address"}
        if characters is not None:
            self.facts["characters"] = f"{characters:,}"
