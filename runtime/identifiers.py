"""Names of tables and columns, which stand in statements as they are."""

import re
from typing import Final

from schemas.errors import StoreRejected

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def identifier(name: str) -> str:
    """Return a name in quotes.

    Raises:
        StoreRejected: it is not one.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise StoreRejected(f"not a table or column name: {name!r}")
    return f"`{name}`"
