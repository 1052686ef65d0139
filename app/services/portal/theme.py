"""The look of a portal: the host's accent colour, made readable, and its logo.

The contrast is that of WCAG 2.2, section 1.4.3: 4.5 to 1 for text.
"""

from __future__ import annotations

import colorsys
import re
from typing import NamedTuple
from urllib.parse import urlsplit

ENOUGH = 4.5
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# A picture that came along with the link, small enough to stand in every page.
IMAGE = re.compile(r"data:image/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/]{4,}={0,2}")
IMAGE_LENGTH = 32 * 1024
WHITE, BLACK = "#ffffff", "#000000"
# The lightest and the darkest ground that the accent stands on as text (static/theme.css).
ON_LIGHT, ON_DARK = "#f3f5f8", "#1f2733"


class Accent(NamedTuple):
    """The accent colour in one of the two looks, and the colour of words on it."""

    colour: str
    words: str


def accents(colour: str) -> tuple[Accent, Accent]:
    """(light, dark): as near to the host's colour as can be read as text on our ground."""
    return tuple(  # type: ignore[return-value]
        Accent(found, WHITE if contrast(found, WHITE) >= contrast(found, BLACK) else BLACK)
        for found in (_readable(colour, ON_LIGHT, darker=True), _readable(colour, ON_DARK, darker=False))
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def origin_of(logo_url: str) -> str:
    """`https://cdn.example.com` of an address; empty for a picture that came along."""
    parts = urlsplit(logo_url)
    return f"https://{parts.netloc}" if parts.scheme == "https" else ""


def _readable(colour: str, ground: str, *, darker: bool) -> str:
    """The same hue, step by step darker or lighter until it stands out from the ground."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    step, last = (-0.02, 0.0) if darker else (0.02, 1.0)
    while contrast(colour, ground) < ENOUGH and lightness != last:
        lightness = min(1.0, max(0.0, lightness + step))
        colour = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour.lower()


def _luminance(colour: str) -> float:
    """The relative luminance by WCAG 2.2."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(c * 255):02x}" for c in rgb)
