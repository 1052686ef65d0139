"""What a browser would send of a page's form, as it stands."""

from __future__ import annotations

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: MultiDict[str, str] = MultiDict()
        self._inside = False
        self._select: str | None = None
        self._first: str | None = None
        self._chosen: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "form-page" in given.get("class", "")
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.sent.add(name, given.get("value", ""))
        elif tag == "select":
            self._select, self._first, self._chosen = name, None, None
        elif tag == "option" and self._select:
            self._first = given["value"] if self._first is None else self._first
            self._chosen = given["value"] if "selected" in given else self._chosen
        elif tag == "textarea":
            self._area = name
            self.sent.add(name, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = self._chosen if self._chosen is not None else self._first
            self.sent.add(self._select, chosen or "")
            self._select = None
        elif tag == "textarea" and self._area:
            text = self.sent[self._area]
            self.sent[self._area] = text.removeprefix("\n")
            self._area = None
        elif tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] += data


def form_in(html: str) -> MultiDict[str, str]:
    """The names and values of the form with the class `form-page`, but for the token, which is new each time."""
    parser = _Form()
    parser.feed(html)
    parser.sent.poplist("csrf_token")
    return parser.sent
