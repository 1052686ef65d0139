"""The accent colour of a portal can be read, whatever the host product chose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.services.portal.theme import ENOUGH, ON_DARK, ON_LIGHT, accents, contrast, origin_of


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_is_made_readable(number: int) -> None:
    light, dark = accents(f"#{number:06x}")
    assert contrast(light.colour, ON_LIGHT) >= ENOUGH
    assert contrast(dark.colour, ON_DARK) >= ENOUGH
    for accent in (light, dark):
        assert contrast(accent.words, accent.colour) >= ENOUGH


def test_a_colour_that_can_be_read_stays() -> None:
    assert accents("#1d4ed8")[0].colour == "#1d4ed8"
    assert contrast("#000000", "#ffffff") == 21


def test_the_site_of_a_logo() -> None:
    assert origin_of("https://cdn.example.com:8443/a/b.png?c") == "https://cdn.example.com:8443"
    assert origin_of("data:image/png;base64,AAAA") == origin_of("http://a.example/") == origin_of("") == ""
