"""Takes addresses, ufrags and certificates out of a batch before the log sees it.

A cheap look at the bytes tells whether one of the forbidden names is there at all; only then is the body rewritten.
"""

import ipaddress
import re
from typing import Any, Final

import msgspec

from schemas.errors import Refused
from schemas.reasons import Reason
from schemas.stats import FORBIDDEN_MEMBERS, FORBIDDEN_TYPES

_NAMES: Final = re.compile(
    rb'"(?:' + b"|".join(re.escape(name.encode()) for name in sorted(FORBIDDEN_MEMBERS | FORBIDDEN_TYPES)) + rb')"'
)
# A name may be written with escapes, which no expression above would see.
_ESCAPE: Final = b"\\u"
_EVENTS: Final = b'"events"'


def scrub(plain: bytes) -> bytes | None:
    """Return the body without what is forbidden, or None where nothing had to go.

    Args:
        plain: an unpacked batch that was admitted.

    Raises:
        Refused: it has to be read whole, and what nobody knows of it, which was skipped so far, cannot be.
    """
    if not (_NAMES.search(plain) or _ESCAPE in plain or _EVENTS in plain):
        return None
    try:
        return _rewritten(msgspec.json.decode(plain))
    except RecursionError:
        raise Refused(Reason.TOO_DEEP, "the JSON is nested too deeply") from None
    except UnicodeDecodeError:
        raise Refused(Reason.NOT_UTF8, "the body is not UTF-8") from None
    except msgspec.DecodeError as error:
        raise Refused(Reason.NOT_JSON, str(error)) from None


def _rewritten(batch: Any) -> bytes | None:
    cleaned = _cleaned(batch)
    for event in cleaned.get("events", ()):
        event["value"] = _without_addresses(event.get("value"))
    return None if cleaned == batch else msgspec.json.encode(cleaned)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cleaned(item) for name, item in value.items() if name not in FORBIDDEN_MEMBERS}
    if isinstance(value, list):
        return [_cleaned(item) for item in value if not _forbidden(item)]
    return value


def _forbidden(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("type"), str) and item["type"] in FORBIDDEN_TYPES


def _without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_addresses(item) for name, item in value.items()}
    return "" if isinstance(value, str) and _is_address(value) else value


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
