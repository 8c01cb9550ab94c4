"""Expressions: a part of PromQL over the catalogue's metrics. Text in, a tree out, or a sentence with its place.

or         := and ("or" and)*
and        := comparison (("and" | "unless") comparison)*
comparison := sum ((">" | "<" | ">=" | "<=" | "==" | "!=") sum)?
sum        := product (("+" | "-") product)*
product    := atom (("*" | "/") atom)*
atom       := "-"? NUMBER | "(" or ")" | "absent" "(" selector ")" | aggregation | selector
aggregation := NAME by? "(" (NUMBER ",")? selector (COMPARISON NUMBER)? ")" by?
selector   := METRIC ("{" LABEL ("=" | "!=" | "=~" | "!~") STRING, ... "}")? ("[" DURATION "]")?
"""

import ast
import difflib
import math
import re
from collections.abc import Callable, Iterable
from typing import Final, cast

from analytics.alerts.catalogue import LABELS, LISTS, METRICS, Measure, measure_of
from analytics.alerts.syntax import (
    AGGREGATIONS,
    COMPARISONS,
    WORDS,
    Binary,
    ExpressionError,
    Leaf,
    Matcher,
    Node,
    Number,
    Token,
    labels_of,
    seconds,
    tokens,
)

RANGE_MINUTES_MAX: Final = 24 * 60
DEPTH_MAX: Final = 50


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises:
        ExpressionError: what is wrong, and where.
    """
    return _Parser(text).whole()


def near(word: str, known: Iterable[str]) -> str:
    """Return a hint at what may have been meant, or nothing."""
    found = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        self._place = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._or()
        if self._now.kind != "end":
            raise ExpressionError(f"{self._now.text!r} is too many: the expression ends before it", self._now.at)
        if isinstance(node, Number) or labels_of(node) is None:
            raise ExpressionError("a constant is no condition: name a metric", 0)
        return node

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._now
        self._place += token.kind != "end"
        return token

    def _is(self, *texts: str) -> bool:
        return self._now.text in texts and self._now.kind in {"sign", "name"}

    def _expect(self, text: str, why: str) -> Token:
        if not self._is(text):
            found = repr(self._now.text) if self._now.kind != "end" else "the end"
            raise ExpressionError(f"expected {text!r} {why}, found {found}", self._now.at)
        return self._take()

    def _or(self) -> Node:
        return self._chain(self._and, "or")

    def _and(self) -> Node:
        return self._chain(self._comparison, "and", "unless")

    def _chain(self, part: Callable[[], Node], *ops: str) -> Node:
        node = part()
        while self._is(*ops):
            op = self._take()
            node = _binary(op, node, part())
        return node

    def _comparison(self) -> Node:
        node = self._sum()
        if self._is(*COMPARISONS):
            op = self._take()
            node = _binary(op, node, self._sum())
        return node

    def _sum(self) -> Node:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Node:
        return self._chain(self._atom, "*", "/")

    def _atom(self) -> Node:
        if self._is("(", "-"):
            return self._nested()
        if self._now.kind == "number":
            return Number(_number(self._take()))
        if self._now.kind != "name" or self._now.text in WORDS:
            found = repr(self._now.text) if self._now.kind != "end" else "the end"
            raise ExpressionError(f"expected a metric, an aggregation or a number, found {found}", self._now.at)
        name, after = self._now.text, self._tokens[self._place + 1].text
        if name == "absent" and after == "(":
            return self._absent()
        if name in AGGREGATIONS and after in {"(", "by"}:
            return self._aggregation()
        if after == "(":
            raise ExpressionError(f"{name} is no function{near(name, (*AGGREGATIONS, 'absent'))}", self._now.at)
        return self._selector("", 0, None)

    def _nested(self) -> Node:
        opening = self._take()
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ExpressionError(f"more than {DEPTH_MAX} levels of brackets", opening.at)
        if opening.text == "-":
            node = _binary(Token("sign", "*", opening.at), Number(-1), self._atom())
        else:
            node = self._or()
            self._expect(")", f"for the '(' at {opening.at + 1}")
        self._depth -= 1
        return node

    def _absent(self) -> Leaf:
        at = self._take().at
        self._expect("(", "after absent")
        leaf = self._selector("count", 0, ())
        self._expect(")", "after what absent is of")
        said = tuple(one.label for one in leaf.matchers if one.op == "=" and one.label not in LISTS)
        if "project" not in said:
            raise ExpressionError('absent needs project="...": an alert belongs to a project', at)
        return _replaced(leaf, labels=said)

    def _aggregation(self) -> Leaf:
        name = self._take()
        by = self._by() if self._is("by") else None
        self._expect("(", f"after {name.text}")
        quantile = self._quantile() if name.text == "quantile" else 0.0
        start = self._place
        leaf = self._selector(name.text, quantile, by or ())
        closing = self._expect(")", f"for the '(' after {name.text}")
        if self._is("by"):
            if by is not None:
                raise ExpressionError("by (...) stands before or after the brackets, not at both", self._now.at)
            by = self._by()
            end, self._place = self._place, start
            leaf = self._selector(name.text, quantile, by)
            self._place = end
        if name.text == "share" and not leaf.measure.whole:
            raise ExpressionError(f"{leaf.metric} has no whole that share could be of", closing.at)
        return leaf

    def _quantile(self) -> float:
        token = self._take()
        if token.kind != "number" or not 0 <= float(token.text) <= 1:
            raise ExpressionError("quantile needs a number from 0 to 1 and a comma first", token.at)
        self._expect(",", "after the quantile")
        return float(token.text)

    def _by(self) -> tuple[str, ...]:
        self._take()
        self._expect("(", "after by")
        names: list[str] = []
        while not self._is(")"):
            token = self._take()
            if token.kind != "name":
                raise ExpressionError("by (...) has names of labels", token.at)
            _check_label(token)
            if token.text in LISTS:
                raise ExpressionError(f"an incident can have several of {token.text}: it can be matched only", token.at)
            names.append(token.text)
            if not self._is(")"):
                self._expect(",", "between labels")
        self._take()
        return tuple(dict.fromkeys(names))

    def _selector(self, aggregation: str, quantile: float, by: tuple[str, ...] | None) -> Leaf:
        token = self._take()
        if token.kind != "name" or token.text not in METRICS:
            raise ExpressionError(f"{token.text!r} is no metric{near(token.text, METRICS)}", token.at)
        matchers = self._matchers() if self._is("{") else ()
        minutes = self._range() if self._is("[") else 1
        bound = self._bound() if aggregation and self._is(*COMPARISONS) else None
        wanted = frozenset((*(by or ()), *(one.label for one in matchers)))
        measure = measure_of(token.text, wanted)
        if measure is None:
            raise ExpressionError(_no_source(token.text, wanted), token.at)
        if minutes > 1 and measure.source.by_tick:
            raise ExpressionError(f"{token.text} is of a moment: it takes no range", token.at)
        labels = measure.source.series if by is None else ("project", *(one for one in by if one != "project"))
        labels = _apart(token, measure, labels, matchers, aggregation)
        return Leaf(token.text, measure, matchers, minutes, aggregation, quantile, labels, bound)

    def _matchers(self) -> tuple[Matcher, ...]:
        self._take()
        found: list[Matcher] = []
        while not self._is("}"):
            name = self._take()
            if name.kind != "name":
                raise ExpressionError("a matcher begins with the name of a label", name.at)
            _check_label(name)
            op = self._take()
            if op.text not in {"=", "!=", "=~", "!~"}:
                raise ExpressionError(f"expected =, !=, =~ or !~ after {name.text}, found {op.text!r}", op.at)
            if name.text in LISTS and op.text not in {"=", "!="}:
                raise ExpressionError(f"{name.text} can be matched by = and != only", op.at)
            found.append(Matcher(name.text, op.text, self._text(op)))  # type: ignore[arg-type]  # one of the four
            if not self._is("}"):
                self._expect(",", "between matchers")
        self._take()
        return tuple(found)

    def _text(self, op: Token) -> str:
        token = self._take()
        if token.kind != "string":
            raise ExpressionError(f"expected text in quotes after {op.text}", token.at)
        try:
            value = cast("str", ast.literal_eval(token.text))
            if op.text.endswith("~"):
                re.compile(value)
        except (ValueError, SyntaxError, re.error) as error:
            raise ExpressionError(f"{token.text}: {error}", token.at) from None
        return value

    def _range(self) -> int:
        self._take()
        token = self._take()
        length_s = seconds(token.text) or 0
        if token.kind != "duration" or length_s % 60 or not 0 < length_s <= RANGE_MINUTES_MAX * 60:
            raise ExpressionError("a range is whole minutes from [1m] to [24h]", token.at)
        self._expect("]", "after the range")
        return length_s // 60

    def _bound(self) -> tuple[str, float]:
        op = self._take()
        sign = -1 if self._is("-") and self._take() else 1
        token = self._take()
        if token.kind != "number":
            raise ExpressionError("inside an aggregation a series is compared with a number only", token.at)
        return op.text, sign * _number(token)


def _number(token: Token) -> float:
    if math.isinf(value := float(token.text)):
        raise ExpressionError(f"{token.text} is too large a number", token.at)
    return value


def _replaced(leaf: Leaf, labels: tuple[str, ...]) -> Leaf:
    return Leaf(leaf.metric, leaf.measure, leaf.matchers, leaf.minutes, "count", 0, labels, None, absent=True)


def _check_label(token: Token) -> None:
    if token.text not in LABELS | LISTS:
        raise ExpressionError(f"{token.text} is no label{near(token.text, LABELS | LISTS)}", token.at)


def _no_source(metric: str, wanted: frozenset[str]) -> str:
    missing = sorted(wanted - {name for one in METRICS[metric] for name in (*one.source.labels, *one.source.lists)})
    if not missing:
        return f"{metric} does not have {', '.join(sorted(wanted))} together"
    known = sorted({name for one in METRICS[metric] for name in (*one.source.labels, *one.source.lists)})
    return f"{metric} has no label {missing[0]}; it has {', '.join(known)}"


def _apart(
    token: Token, measure: Measure, labels: tuple[str, ...], matchers: Iterable[Matcher], aggregation: str
) -> tuple[str, ...]:
    """Return the labels with the one that keeps apart what must not be put together."""
    apart = measure.apart
    if not apart or apart in labels or any((one.label, one.op) == (apart, "=") for one in matchers):
        return labels
    if aggregation:
        two = "scales" if apart == "mos_scale" else f"{apart}s"
        raise ExpressionError(f'{token.text} of two {two} is never put together: add {apart}="..." or by it', token.at)
    return (*labels, apart)


def _binary(op: Token, left: Node, right: Node) -> Node:
    ours, theirs = labels_of(left), labels_of(right)
    if op.text in WORDS and (ours is None or theirs is None):
        raise ExpressionError(f"{op.text} stands between two conditions, not beside a number", op.at)
    if ours is not None and theirs is not None and sorted(ours) != sorted(theirs):
        raise ExpressionError(
            f"the sides of {op.text} have other labels: ({', '.join(ours)}) and ({', '.join(theirs)})", op.at
        )
    return Binary(op.text, left, right, ours if ours is not None else theirs)
