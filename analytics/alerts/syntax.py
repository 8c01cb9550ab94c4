"""What an expression is made of, and its tokens.

An expression is a tree: comparisons and arithmetic over *leaves*, which are what the store is asked for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from analytics.alerts.catalogue import Measure

AGGREGATIONS: Final = ("sum", "avg", "min", "max", "count", "quantile", "share")
COMPARISONS: Final = (">", "<", ">=", "<=", "==", "!=")
WORDS: Final = ("and", "or", "unless")
_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"(?:\d+[smhd])+")
_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
      | (?P<duration>(?:\d+[smhd])+(?![\w.]))
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<name>[A-Za-z_]\w*)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<sign>=~|!~|==|!=|>=|<=|[-+*/(){}\[\],=<>])""",
    re.VERBOSE,
)


class ExpressionError(Exception):
    """An expression is wrong. `at` is the place in its text, from 0 on."""

    def __init__(self, sentence: str, at: int) -> None:
        super().__init__(sentence)
        self.at = at


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an expression: `kind` is duration, number, name, string, sign or end."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on a label."""

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the store is asked for: a metric of some series over a range, put together or each by itself.

    Attributes:
        metric, measure: what, and how it is made.
        matchers: of which series.
        minutes: the range.
        aggregation: how series are put together; empty: they are not.
        quantile: of the aggregation of that name.
        labels: what is left to tell values apart; always with `project`.
        bound: a comparison with each series' value before they are put together.
        absent: whether it holds (with 1) where there is no series at all.
    """

    metric: str
    measure: Measure
    matchers: tuple[Matcher, ...]
    minutes: int
    aggregation: str
    quantile: float
    labels: tuple[str, ...]
    bound: tuple[str, float] | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, a comparison, or `and`, `or`, `unless`; `labels` are those of what it gives."""

    op: str
    left: "Node"
    right: "Node"
    labels: tuple[str, ...] | None


Node = Leaf | Number | Binary


def labels_of(node: Node) -> tuple[str, ...] | None:
    """Return the labels of what a node gives; None: it is a number."""
    return None if isinstance(node, Number) else node.labels


def leaves(node: Node) -> Iterator[Leaf]:
    """Return the leaves from left to right."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Binary):
        yield from leaves(node.left)
        yield from leaves(node.right)


def seconds(text: str) -> int | None:
    """Return the seconds of a duration as Prometheus writes it (`90s`, `1h30m`); None where it is none."""
    if text == "0":
        return 0
    if not _DURATION.fullmatch(text):
        return None
    return sum(int(count) * _UNITS_S[unit] for count, unit in re.findall(r"(\d+)([smhd])", text))


def tokens(text: str) -> Iterator[Token]:
    """Return the tokens of an expression, the last of kind `end`.

    Raises:
        ExpressionError: there is a character that begins none.
    """
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ExpressionError(f"{text[at]!r} does not belong into an expression", at)
        if found.lastgroup != "blank":
            yield Token(str(found.lastgroup), found[0], at)
        at = found.end()
    yield Token("end", "", at)
