"""The fingerprint of a set of labels, made as Alertmanager makes it, so that both name an alert the same."""

from collections.abc import Mapping
from typing import Final

_OFFSET: Final = 14695981039346656037
_PRIME: Final = 1099511628211
_SEPARATOR: Final = b"\xff"


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return FNV-1a (64 bits) of names and values in order of names, 16 hexadecimal digits; empty labels count not."""
    value = _OFFSET
    for name in sorted(labels):
        if labels[name]:
            for byte in b"".join((name.encode(), _SEPARATOR, labels[name].encode(), _SEPARATOR)):
                value = ((value ^ byte) * _PRIME) & 0xFFFF_FFFF_FFFF_FFFF
    return f"{value:016x}"
