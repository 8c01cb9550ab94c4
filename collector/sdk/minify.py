"""Makes the joined source small for the wire: comments and spaces go, and names that only our own code knows get short.

A new name for every place where a name stands changes nothing, as long as nobody outside knows the old one. So the
private names are listed, and tests hold that none of them is a browser's or the wire's. The source keeps to what this
needs: statements end in semicolons, divisions stand between spaces, and there are no template literals.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

PRIVATE: Final = frozenset(
    [
        "ATTEMPT_MS",
        "BACKOFF_MAX_MS",
        "BATCH_BYTES_MAX",
        "BROWSER",
        "BUDGET_BPS",
        "BUDGET_LEAST_BPS",
        "BUDGET_SHARE",
        "EARLY_MAX",
        "FRAMES",
        "GETSTATS_MS",
        "MANY_STREAMS",
        "MEMBERS",
        "NAMES",
        "Native",
        "POLL_MANY_MS",
        "POLL_MS",
        "PROBES",
        "PROBE_MS",
        "QUEUE_BYTES_MAX",
        "RECEIVED",
        "REQUEST_BYTES",
        "ROUND_TRIPS",
        "SEND_MS",
        "SLOWEST",
        "SOURCE",
        "STATES",
        "SYSTEM",
        "Session",
        "TEXT_MAX",
        "TRAFFIC",
        "VALUE_MAX",
        "WAITING_MAX",
        "WRITER",
        "Watched",
        "Watcher",
        "abandon",
        "about",
        "accepted",
        "address",
        "agent",
        "allowed",
        "answer",
        "attempt",
        "attributes",
        "backoffMs",
        "beacon",
        "before",
        "bounded",
        "busy",
        "byte",
        "bytes",
        "callBytes",
        "changeCount",
        "chosen",
        "clip",
        "closed",
        "column",
        "complain",
        "compress",
        "consume",
        "count",
        "current",
        "cut",
        "defaults",
        "depth",
        "describe",
        "describeClient",
        "differs",
        "done",
        "due",
        "each",
        "early",
        "ending",
        "entry",
        "error",
        "eventCount",
        "everyMs",
        "everySession",
        "everyone",
        "failures",
        "firsts",
        "flat",
        "forgetGone",
        "found",
        "given",
        "gone",
        "guard",
        "guarded",
        "hasNews",
        "high",
        "hookPage",
        "index",
        "inner",
        "item",
        "kept",
        "last",
        "lastCut",
        "leave",
        "leaving",
        "left",
        "listen",
        "low",
        "made",
        "mapped",
        "mark",
        "member",
        "members",
        "most",
        "ms",
        "named",
        "needed",
        "network",
        "obey",
        "ofType",
        "on",
        "once",
        "one",
        "open",
        "options",
        "others",
        "otherwise",
        "outer",
        "own",
        "ownerChanges",
        "owners",
        "pace",
        "pacedAt",
        "pairs",
        "part",
        "parts",
        "pattern",
        "pause",
        "payload",
        "plays",
        "poll",
        "pollMs",
        "post",
        "probe",
        "property",
        "prune",
        "pruneReport",
        "pump",
        "queue",
        "randomHex",
        "readSource",
        "report",
        "response",
        "result",
        "rounded",
        "row",
        "running",
        "said",
        "sampled",
        "say",
        "sayOnce",
        "scalar",
        "schedule",
        "selectedPairs",
        "sendMs",
        "sent",
        "sessionOf",
        "sessions",
        "settings",
        "settle",
        "shape",
        "silent",
        "slow",
        "snapshot",
        "spent",
        "sum",
        "taken",
        "target",
        "tick",
        "timer",
        "toSeries",
        "undo",
        "unhook",
        "unqueue",
        "wake",
        "watcher",
        "watchers",
        "whole",
        "word",
        "work",
        "wrapClose",
        "wrapped",
    ]
)

_TOKEN: Final = re.compile(
    r"""(?P<comment>//[^\n]*)
      | (?P<space>\s+)
      | (?P<text>"(?:\\.|[^"\\\n])*")
      | (?P<pattern>/(?![\s=])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/[a-z]*)
      | (?P<word>[\w$]+(?:\.\d+)?)
      | (?P<mark>\+\+|--|=>|\.\.\.|.)""",
    re.VERBOSE,
)


_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")


def tokens(source: str) -> list[str]:
    """Return the tokens that a browser needs: all but comments and spaces."""
    return [match.group() for match in _TOKEN.finditer(source) if match.lastgroup not in {"comment", "space"}]


def _units(parts: list[str]) -> list[int]:
    """Return for each token the top-level statement or class member that it stands in: variables live in one."""
    units: list[int] = []
    unit = depth = 0
    in_class = False
    for part in parts:
        if depth == 0 and part == "class":
            in_class = True
        depth += (part in _OPENING) - (part in _CLOSING)
        units.append(unit)
        if (part in {";", "}"} and depth == 0) or (in_class and part == "}" and depth == 1):
            unit, in_class = unit + 1, in_class and depth == 1
    return units


def properties(parts: list[str]) -> set[str]:
    """Return the names that stand as a property somewhere: a change of such a name must be one for all."""
    names: set[str] = set()
    inside = [""]
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        if part in _OPENING:
            inside.append(part)
        elif part in _CLOSING:
            inside.pop()
        in_braces = inside[-1] == "{" and before in {"{", ","} and after in {",", "}", ":", "=", "("}
        member = before in {"async", "get", "}", ";"} and after == "("
        if before == "." or in_braces or member:
            names.add(part)
    return names


def _declared_at_top(parts: list[str]) -> set[str]:
    depth = 0
    names: set[str] = set()
    for before, part in itertools.pairwise(parts):
        depth += (before in _OPENING) - (before in _CLOSING)
        if depth == 0 and before in {"const", "let", "class"}:
            names.add(part)
    return names


def _short_names() -> Iterator[str]:
    letters = "etnaorisdcplmuhfgbvwykxjqz"  # the commonest first: they cost the compressor least
    both = itertools.chain(letters, map("".join, itertools.product(letters, repeat=2)))
    return (name for name in both if name not in {"as", "do", "if", "in", "of"})


def _renamed(parts: list[str]) -> list[str]:
    """Give each private name the first short one that no other name of the same statements has."""
    counts = Counter(parts)
    outside = properties(parts) | _declared_at_top(parts)
    units = _units(parts)
    where: dict[str, set[int]] = {name: set(units) for name in outside}
    taken: dict[int, set[str]] = {unit: set() for unit in units}
    for part, unit in zip(parts, units, strict=True):
        where.setdefault(part, set()).add(unit)
        if part not in PRIVATE:
            taken[unit].add(part)
    short: dict[str, str] = {}
    for name in sorted(PRIVATE & set(counts), key=lambda name: (name not in outside, -counts[name], name)):
        short[name] = next(new for new in _short_names() if not any(new in taken[unit] for unit in where[name]))
        for unit in where[name]:
            taken[unit].add(short[name])
    return [short.get(part, part) for part in parts]


def _touch(before: str, after: str) -> bool:
    word = re.compile(r"[\w$]")
    return bool(word.match(before[-1:]) and word.match(after[:1])) or (before[-1:] == after[:1] and after[0] in "+-")


def _without_idle_marks(parts: list[str]) -> list[str]:
    """Drop `;` and `,` before a closing bracket and the brackets of an arrow's only parameter; say let for const."""
    kept: list[str] = []
    for part in parts:
        if part == "=>" and kept[-3] == "(" and kept[-2].isidentifier() and kept[-1] == ")":
            kept[-3:] = [kept[-2]]
        elif (part == "}" and kept[-1] in {";", ","}) or (part in {")", "]"} and kept[-1] == ","):
            kept.pop()
        kept.append("let" if part == "const" else part)
    return kept


def _with_joined_texts(parts: list[str]) -> list[str]:
    kept: list[str] = []
    for part in parts:
        if part.startswith('"') and kept[-1:] == ["+"] and kept[-2].startswith('"'):
            kept[-2:] = [kept[-2][:-1] + part[1:]]
        else:
            kept.append(part)
    return kept


def _with_constants_in_place(parts: list[str]) -> list[str]:
    """Put a number that has a name in capitals where the name stands, and drop the declaration."""
    kept: list[str] = []
    numbers: dict[str, str] = {}
    for part in parts:
        declaration = kept[-4:]
        if (
            part == ";"
            and declaration[::2] == ["const", "="]
            and re.fullmatch(r"[A-Z_]+ [\d.e]+", " ".join(declaration[1::2]))
        ):
            numbers[declaration[1]] = declaration[3]
            del kept[-4:]
        else:
            kept.append(numbers.get(part, part))
    return kept


def _with_joined_declarations(parts: list[str]) -> list[str]:
    """`let a = 1; let b = 2;` is `let a = 1, b = 2;`: where a let follows the end of another at the same depth."""
    kept: list[str] = []
    declaring = [False]
    for part in parts:
        if part == "let" and kept[-1:] == [";"] and declaring[-1]:
            kept[-1] = ","
            continue
        if kept and (kept[-1] in {";", "{"} or (kept[-1] == "}" and part.isidentifier())):
            declaring[-1] = part == "let"
        if part in {"(", "[", "{"}:
            declaring.append(False)
        elif part in {")", "]", "}"}:
            declaring.pop()
        kept.append(part)
    return kept


_STEPS: Final = (_with_constants_in_place, _renamed, _without_idle_marks, _with_joined_texts, _with_joined_declarations)


def minify(source: str) -> str:
    """Return the same program, shorter."""
    parts = tokens(source)
    for step in _STEPS:
        parts = step(parts)
    shorter: list[str] = []
    for part in parts:
        shorter += [" ", part] if shorter and _touch(shorter[-1], part) else [part]
    return "".join(shorter)
