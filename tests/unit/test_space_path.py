"""Paths that carry a space, and those that only look like it."""

from __future__ import annotations

import pytest

from app.core.origins import origins_in
from app.core.space_path import split

ID = "spc_01a21846a9c6cd613e30d8f16adf"


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (f"/s/{ID}", (f"/s/{ID}", "s", ID, "/")),
        (f"/s/{ID}/", (f"/s/{ID}", "s", ID, "/")),
        (f"/s/{ID}/webhooks/new", (f"/s/{ID}", "s", ID, "/webhooks/new")),
        (f"/portal/{ID}/enter/x\ny", (f"/portal/{ID}", "portal", ID, "/enter/x\ny")),
        (f"/s/{ID}/apiary", (f"/s/{ID}", "s", ID, "/apiary")),
    ],
)
def test_a_space_is_taken_out(path: str, parts: tuple[str, ...]) -> None:
    assert split(path) == parts


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/s", "/s/", "/s/spc_1", f"/s/{ID}x/webhooks", f"/S/{ID}/webhooks", f"s/{ID}/"),
        *(f"/s/{ID}/api/v1/events", f"//s/{ID}/webhooks", f"/s/{ID.upper()}/webhooks", f"/x/s/{ID}/"),
    ],
)
def test_what_carries_none(path: str) -> None:
    assert split(path) is None


def test_origins() -> None:
    assert origins_in(" https://App.Example.com/ ,http://localhost:8000,https://[::1]:8443") == (
        *("https://app.example.com", "http://localhost:8000", "https://[::1]:8443"),
    )
    assert origins_in("") == ()


@pytest.mark.parametrize(
    "text",
    [
        *("*", "https://*", "https://a.example/path", "https://a.example; script-src *", "app.example"),
        *("ftp://a.example", "https://u@a.example", "https://a.example b.example", "'self'", "https://"),
    ],
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        origins_in(text)
