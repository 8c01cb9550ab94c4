"""Candidate lines of a session description: read the real address, put the relay's in its place."""

import re
from typing import Final

Address = tuple[str, int]

_CANDIDATE: Final = re.compile(
    r"^(?P<head>a=candidate:\S+ \d+ udp \d+ )(?P<ip>\d+\.\d+\.\d+\.\d+) (?P<port>\d+)(?P<tail> typ .*)$",
    re.IGNORECASE,
)


def _kept(sdp: str) -> list[tuple[int, re.Match[str]]]:
    """Return (line number, match) of the first UDP IPv4 candidate of every m-line."""
    kept: list[tuple[int, re.Match[str]]] = []
    open_section = False
    for number, line in enumerate(sdp.splitlines()):
        if line.startswith("m="):
            open_section = True
        found = _CANDIDATE.match(line) if open_section else None
        if found:
            kept.append((number, found))
            open_section = False
    return kept


def addresses(sdp: str) -> list[Address]:
    """Return the address of each m-line's first UDP IPv4 candidate, each address once."""
    return list(dict.fromkeys((found["ip"], int(found["port"])) for _, found in _kept(sdp)))


def rewrite(sdp: str, stand_ins: dict[Address, Address]) -> str:
    """Return the description with one candidate per m-line, at the address that stands in for the real one.

    Raises:
        KeyError: an address has no stand-in.
    """
    kept = dict(_kept(sdp))
    lines = []
    for number, line in enumerate(sdp.splitlines()):
        found = kept.get(number)
        if found:
            ip, port = stand_ins[found["ip"], int(found["port"])]
            lines.append(f"{found['head']}{ip} {port}{found['tail']}")
        elif not line.startswith("a=candidate:"):
            lines.append(line)
    return "\r\n".join(lines) + "\r\n"
