"""Whatever an application says, as the contract has it: texts of the right length, values that are flat. Never raises.

It does what `collector/sdk/session.js` does: one value that the collector would refuse must not cost its whole batch.
"""

import math
import numbers
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from schemas.batch import ID_MAX

VALUE_MAX: Final = 1000
_DEPTHS: Final = {"client": 1, "server": 1, "refs": 2, "tags": 1}

Scalar = float | bool | str | None


def clip(given: Any, most: int = ID_MAX) -> str:
    """Return a text of up to `most` characters without half surrogate pairs, which are not legal JSON text."""
    return _text(given)[:most].encode("utf-8", "ignore").decode()


def described(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return a session's description with every name and label clipped, to the depth that each member has."""
    return {name: _shaped(member, _DEPTHS.get(name, 0)) for name, member in session.items()}


def flat(given: Any) -> Scalar | dict[str, Scalar]:
    """Return an event's value: nothing, a scalar or a flat object of up to 1 kB; what does not fit becomes text."""
    if not isinstance(given, Mapping):
        return _scalar(given)
    kept = {clip(name): _scalar(member) for name, member in _members(given).items()}
    text = msgspec.json.encode(kept).decode()
    return clip(text, VALUE_MAX) if len(text) > VALUE_MAX else kept


def _scalar(given: Any) -> Scalar:
    if given is None or isinstance(given, bool):
        return given
    number = _finite(given)
    return clip(given, VALUE_MAX) if number is None else number


def _finite(given: Any) -> float | None:
    """Return a number of any kind, numpy's among them, as a float; None if it is none or no double holds it."""
    if not isinstance(given, numbers.Real):
        return None
    try:
        number = float(given)
    except Exception:  # noqa: BLE001 - the application's own number may do anything
        return None
    return number if math.isfinite(number) else None


def _shaped(given: Any, depth: int) -> Any:
    if not depth:
        return clip(given)
    return {clip(name): _shaped(member, depth - 1) for name, member in _members(given).items()}


def _members(given: Any) -> dict[Any, Any]:
    try:
        return dict(given) if isinstance(given, Mapping) else {}
    except Exception:  # noqa: BLE001 - the application's own mapping may do anything
        return {}


def _text(given: Any) -> str:
    try:
        return "" if given is None else str(given)
    except Exception:  # noqa: BLE001 - the application's own object may do anything
        return type(given).__name__
