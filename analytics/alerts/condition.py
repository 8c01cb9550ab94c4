"""What an expression gives at one time of the data, from what its leaves read. No I/O."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from analytics.alerts.syntax import COMPARISONS, Binary, Leaf, Node, Number, labels_of

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, and what else is known of whose it is; `about` is for people and tells nothing apart."""

    value: float
    about: Mapping[str, str] = field(default_factory=dict)


Vector = Mapping[Key, Sample]
"""Values by their labels, in the order of the node's label names."""

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right if right else math.nan,
}


def holds(op: str, left: float, right: float) -> bool:
    """Whether a comparison is true."""
    return _COMPARE[op](left, right)


def evaluate(node: Node, read: Callable[[Leaf], Vector]) -> Vector:
    """Return what a node gives, from what `read` says of its leaves. A constant stands under no labels."""
    if isinstance(node, Number):
        return {(): Sample(node.value)}
    if isinstance(node, Leaf):
        return read(node)
    return _combined(node, evaluate(node.left, read), evaluate(node.right, read))


def _combined(node: Binary, left: Vector, right: Vector) -> Vector:
    right = _ordered(node, right)
    match node.op:
        case "and":
            return {key: one for key, one in left.items() if key in right}
        case "unless":
            return {key: one for key, one in left.items() if key not in right}
        case "or":
            return {**right, **left}
    found: dict[Key, Sample] = {}
    is_number, is_by_number = labels_of(node.left) is None, labels_of(node.right) is None
    for key in right if is_number else left:
        ours = left.get(() if is_number else key)
        theirs = right.get(() if is_by_number else key)
        if ours is not None and theirs is not None and (made := _made(node.op, ours, theirs)) is not None:
            found[key] = made
    return found


def _made(op: str, left: Sample, right: Sample) -> Sample | None:
    about = left.about or right.about
    if op in COMPARISONS:
        return Sample(left.value, about) if _COMPARE[op](left.value, right.value) else None
    value = _ARITHMETIC[op](left.value, right.value)
    return Sample(value, about) if math.isfinite(value) else None


def _ordered(node: Binary, right: Vector) -> Vector:
    """Return the right side with its labels in the order of the left side's."""
    names, theirs = labels_of(node.left), labels_of(node.right)
    if names is None or theirs is None or names == theirs:
        return right
    places = [theirs.index(name) for name in names]
    return {tuple(key[place] for place in places): one for key, one in right.items()}
