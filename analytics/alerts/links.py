"""The page that shows why an alert fired."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

MARGIN_S: Final = 300
FILTERS: Final = ("app", "browser", "os", "network_type", "country", "region")


def link(labels: Mapping[str, str], active_at: int, ended_at: int | None) -> str:
    """Return the path of the session's page, else the room's, the server's, or the fleet's, around then (s)."""
    until = active_at + 3 * MARGIN_S if ended_at is None else ended_at + MARGIN_S
    said: dict[str, str | int] = {"since": (active_at - MARGIN_S) * 1000, "until": until * 1000}
    for kind in ("session", "room"):
        if labels.get(kind):
            return f"/{kind}/{quote(labels[kind], safe='')}?{urlencode(said)}"
    if labels.get("node"):
        return f"/servers?{urlencode(said | {'node': labels['node']})}"
    if labels.get("instance"):  # an address, which servers of several ids had: the list has them all
        return f"/servers?{urlencode(said)}"
    said |= {name: labels[name] for name in FILTERS if labels.get(name)}
    return f"/?{urlencode(said)}"
