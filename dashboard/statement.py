"""What the address of the SQL page says: the statement, short or packed, and how its answer is looked at."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from analytics.userql.cookbook import recipes
from dashboard.address import PARAMETER

PACKED_FROM: Final = 400
"""Characters of an address from where on a statement is packed."""
TEXT_MAX: Final = 100_000
CHARTS: Final = ("auto", "lines", "bars", "none")
SEVERAL: Final = ","
NOBODY: Final = "-"
"""What stands for a choice of no column, where one would be chosen."""


@dataclass(frozen=True, slots=True)
class Look:
    """How an answer is looked at.

    Attributes:
        sort: the column that the grid is sorted by, behind a `-` from the highest on; empty: as it came.
        page: of the grid, from 1 on.
        chart: its form.
        x: column along which it goes; empty: the first time.
        y: columns that it shows; none: those that are numbers.
        by: column that tells its lines apart; empty: none needs to.
    """

    sort: str = ""
    page: int = 1
    chart: str = "auto"
    x: str = ""
    y: tuple[str, ...] = ()
    by: str = ""

    def data(self) -> dict[str, Any]:
        """Return it for a dcc.Store."""
        return asdict(self) | {"y": list(self.y)}


def look_of(data: Mapping[str, Any] | None) -> Look:
    """Return what a dcc.Store holds."""
    data = data or {}
    return replace(Look(**{name: data[name] for name in data if name != "y"}), y=tuple(data.get("y", ())))


def read(pairs: Iterable[tuple[str, str]]) -> tuple[str, Look]:
    """Return the statement and the look that an address names; what is damaged is left out."""
    said = dict(pairs)
    page = said.get("page", "1")
    chart = said.get("chart", "auto")
    look = Look(
        sort=said.get("sort", ""),
        page=int(page) if page.isascii() and page.isdecimal() and int(page[:6]) > 0 else 1,
        chart=chart if chart in CHARTS else "auto",
        x=said.get("x", ""),
        y=tuple(filter(None, said.get("y", "").split(SEVERAL))),
        by=said.get("each", ""),
    )
    named = {one.name: one.sql for one in recipes()}
    text = said.get("q") or named.get(said.get("recipe", "")) or unpacked(said.get("z", ""))
    return text[:TEXT_MAX], look


def parameters(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the values of a statement's parameters that an address names, by name, as people write them."""
    return {name.removeprefix(PARAMETER): value for name, value in pairs if name.startswith(PARAMETER)}


def search(text: str, look: Look | None = None, values: Mapping[str, str] | None = None) -> str:
    """Return the part of an address from `?` on: a recipe's name, the text, or, where shorter, the text packed.

    Args:
        text: the statement.
        look: how its answer is looked at.
        values: of its parameters.
    """
    look = look or Look()
    named = {one.sql: one.name for one in recipes()}
    plain = urlencode({"q": text}, quote_via=quote)
    if text in named:
        said = urlencode({"recipe": named[text]})
    else:
        said = plain if len(plain) < PACKED_FROM else min(plain, f"z={packed(text)}", key=len)
    usual = Look()
    more = {
        {"by": "each"}.get(name, name): SEVERAL.join(value) if name == "y" else value
        for name, value in asdict(look).items()
        if value != getattr(usual, name)
    }
    filled = urlencode({PARAMETER + name: value for name, value in (values or {}).items()})
    return "?" + "&".join(filter(None, [said if text else "", filled, urlencode(more)]))


def packed(text: str) -> str:
    """Return a text for an address."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(packed_text: str) -> str:
    """Return what was packed; empty where it is damaged."""
    try:
        data = base64.b64decode(packed_text + "=" * (-len(packed_text) % 4), b"-_", validate=True)
        return zlib.decompressobj().decompress(data, 4 * TEXT_MAX).decode()
    except (binascii.Error, ValueError, zlib.error):
        return ""
