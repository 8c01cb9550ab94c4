"""Takes addresses, ufrags and certificates out of a batch before the log sees it.

A cheap look at the bytes tells whether a forbidden name, or anything that looks like an address, is there at all; only
then is the body read whole. Of a body that is rewritten, values that no contract names go: their names stay, so that
ingest counts them as before. Texts that the application wrote freely (event values, tags, refs) lose what looks like an
address; ids of stats objects that hold one are replaced by a hash wherever they stand. Other texts that a contract
names, such as versions, stay as they are.
"""

import hashlib
import re
from typing import Any, Final

import msgspec

from schemas import batch as wire
from schemas.errors import Refused
from schemas.reasons import Reason
from schemas.stats import FORBIDDEN_MEMBERS, FORBIDDEN_TYPES

_NAMES: Final = re.compile(
    rb'"(?:' + b"|".join(re.escape(name.encode()) for name in sorted(FORBIDDEN_MEMBERS | FORBIDDEN_TYPES)) + rb')"'
)
# They begin with one character that is rare in a body, which is what makes them cheap.
_FOUR_PARTS: Final = re.compile(rb"\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\d)")
_HEX_GROUP: Final = re.compile(rb":[0-9A-Fa-f]{0,4}:")
# A name or an address may be written with escapes, which no expression above would see.
_ESCAPE: Final = b"\\u"

_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|[01]?\d?\d)"
_ADDRESS: Final = re.compile(rf"(?<!\d)(?:{_OCTET}\.){{3}}{_OCTET}(?!\d)(?::\d+)?", re.ASCII)
_GROUPS: Final = re.compile(r"\[?(?<![0-9A-Za-z])[0-9A-Fa-f:.]{3,}(?:%\w+)?(?:\](?::\d+)?)?")
_MANY_GROUPS: Final = 5
_CANDIDATES: Final = ("candidate:", "ufrag")

# Which structs stand inside which; what no pair names is a plain value.
_INSIDE: Final[dict[tuple[Any, str], Any]] = {
    (wire.Batch, "session"): wire.Session,
    (wire.Batch, "pcs"): wire.PeerConnection,
    (wire.Batch, "tracks"): wire.Track,
    (wire.Batch, "series"): wire.Series,
    (wire.Batch, "samples"): wire.Sample,
    (wire.Batch, "events"): wire.Event,
    (wire.Batch, "nodes"): wire.NodeScrape,
    (wire.NodeScrape, "metrics"): wire.NodeMetric,
    (wire.Session, "client"): wire.Client,
    (wire.Session, "server"): wire.Server,
    (wire.Series, "objects"): wire.SeriesObject,
    (wire.SeriesObject, "s"): wire.Static,
    (wire.SeriesObject, "f"): wire.Fields,
    (wire.Sample, "stats"): wire.Stats,
    (wire.Stats, "qualityLimitationDurations"): wire.Limitations,
}
_FREE: Final[frozenset[tuple[Any, str]]] = frozenset(
    {(wire.Session, "tags"), (wire.Session, "refs"), (wire.Event, "value")}
)
_KNOWN: Final[dict[Any, frozenset[str]]] = {
    struct: frozenset(field.encode_name for field in msgspec.structs.fields(struct))
    for struct in (wire.Batch, *_INSIDE.values())
}
_OBJECTS: Final = frozenset({wire.SeriesObject, wire.Static, wire.Fields, wire.Stats})


def scrub(plain: bytes) -> bytes | None:
    """Return the body without what is forbidden, or None where nothing had to go.

    Args:
        plain: an unpacked batch that was admitted.

    Raises:
        Refused: it has to be read whole, and what nobody knows of it, which was skipped so far, cannot be.
    """
    suspicious = _suspicious(plain)
    if not (suspicious or _ESCAPE in plain):
        return None
    try:
        return _rewritten(msgspec.json.decode(plain), suspicious=suspicious)
    except RecursionError:
        raise Refused(Reason.TOO_DEEP, "the JSON is nested too deeply") from None
    except msgspec.DecodeError as error:
        raise Refused(Reason.NOT_JSON, str(error)) from None


def _rewritten(batch: Any, *, suspicious: bool) -> bytes | None:
    if not (suspicious or _suspicious(msgspec.json.encode(batch))):
        return None
    cleaned = _Scrubber(batch["session"]["id"]).struct(_without_forbidden(batch), wire.Batch)
    return None if cleaned == batch else msgspec.json.encode(cleaned)


def _suspicious(plain: bytes) -> bool:
    return bool(
        _NAMES.search(plain)
        or _FOUR_PARTS.search(plain)
        or _HEX_GROUP.search(plain)
        or b"andidate:" in plain
        or b"frag" in plain
    )


def _without_forbidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_forbidden(item) for name, item in value.items() if name not in FORBIDDEN_MEMBERS}
    if isinstance(value, list):
        return [_without_forbidden(item) for item in value if not _forbidden(item)]
    return value


def _forbidden(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("type"), str) and item["type"] in FORBIDDEN_TYPES


class _Scrubber:
    """Rewrites a batch along its contract. Hashes of ids are the session's own, the same in all its batches."""

    def __init__(self, session: str) -> None:
        self._key = hashlib.blake2b(session.encode()).digest()

    def struct(self, value: Any, struct: Any) -> Any:
        """Return an object, or a list of them, as it may reach the log."""
        if isinstance(value, list):
            return [self.struct(item, struct) for item in value]
        if not isinstance(value, dict):
            return value
        known = _KNOWN[struct]
        return {
            name: self._member(struct, name, item) if name in known else _emptied(item)
            for name, item in value.items()
            if name in known or name.isidentifier() or _without_addresses(name) == name
        }

    def _member(self, struct: Any, name: str, item: Any) -> Any:
        inside = _INSIDE.get((struct, name))
        if inside is not None:
            return self.struct(item, inside)
        if (struct, name) in _FREE:
            return _without_addresses(item)
        if struct in _OBJECTS and (name == "id" or name.endswith("Id")):
            return self._id(item)
        return item

    def _id(self, item: Any) -> Any:
        if isinstance(item, list):
            return [self._id(one) for one in item]
        if not isinstance(item, str) or _without_addresses(item) == item:
            return item
        return hashlib.blake2b(item.encode(), digest_size=8, key=self._key).hexdigest()


def _emptied(item: Any) -> list[None] | None:
    """Return nothing in an unknown member's place; an array keeps its length, which in `f` is that of the times."""
    return [None] * len(item) if isinstance(item, list) else None


def _without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {_without_addresses(name): _without_addresses(item) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    if any(word in value.lower() for word in _CANDIDATES):
        return ""
    return _ADDRESS.sub("", _GROUPS.sub(_without_groups, value))


def _without_groups(found: re.Match[str]) -> str:
    """Return nothing for an IPv6 address, a hardware address or a fingerprint; a time of day stays."""
    text = found[0]
    short = "::" in text and text.strip("[]:.") != ""
    return "" if short or text.count(":") >= _MANY_GROUPS - 1 else text
