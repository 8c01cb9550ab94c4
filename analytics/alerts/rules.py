"""Rule files: Prometheus's YAML over our expressions. Text in, rules out, or everything that is wrong, by line."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from analytics.alerts.parser import near, parse
from analytics.alerts.reading import ABOUT, MINUTE_S
from analytics.alerts.states import Timing
from analytics.alerts.syntax import Binary, ExpressionError, Leaf, Node, Number, labels_of, leaves, seconds
from analytics.alerts.template import problems
from schemas.errors import ConfigurationError

LIBRARY: Final = Path(__file__).parent / "library.yaml"
STEP_S: Final = 5
GROUP_KEYS: Final = frozenset({"name", "interval", "rules"})
RULE_KEYS: Final = frozenset({"alert", "expr", "for", "keep_firing_for", "clear", "labels", "annotations"})
OWN_LABELS: Final = frozenset({"alertname", "project"})
LONGEST_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong in a rule file: where (line and column, from 1 on) and what."""

    line: int
    column: int
    sentence: str


class WrongRules(ConfigurationError):
    """A rule file is wrong; `problems` has all of it, in order of lines."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda one: (one.line, one.column))
        first = self.problems[0]
        more = f" (and {len(problems) - 1} more; see `rtcpulse alerts check`)" if len(problems) > 1 else ""
        super().__init__(f"{source}:{first.line}:{first.column}: {first.sentence}{more}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name, group: as in the file.
        expr, node: the expression and its tree.
        timing: how long it has to hold.
        step: seconds between the ticks at which it is judged.
        clear: while it fires, the threshold is this one; None: the same.
        labels, annotations: what is added to the labels of the expression, and what the alert says; templates.
        source, line: where it stands.
    """

    name: str
    group: str
    expr: str
    node: Node
    timing: Timing
    step: int
    clear: float | None = None
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    source: str = ""
    line: int = 0

    @property
    def id(self) -> str:
        """What tells this text of the rule from any other; a state that it left is not taken over by another text."""
        said = (self.name, self.group, self.expr, self.timing, self.step, self.clear, self.labels)
        return f"{self.group}/{self.name}/{hashlib.sha256(repr(said).encode()).hexdigest()[:12]}"

    @property
    def threshold(self) -> tuple[Leaf, str, float] | None:
        """The leaf, the comparison and the number of an expression of that form; None for any other form."""
        node = self.node
        if isinstance(node, Binary) and isinstance(node.left, Leaf) and isinstance(node.right, Number):
            return (node.left, node.op, node.right.value) if node.op in {">", ">=", "<", "<="} else None
        return None

    @property
    def rising(self) -> bool:
        """Whether higher values are worse: all but expressions whose last comparison is < or <=."""
        return not (isinstance(self.node, Binary) and self.node.op in {"<", "<="})


@dataclass(slots=True)
class _File:
    source: str
    rules: list[Rule] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, node: yaml.Node, sentence: str, *, column: int = 0) -> None:
        self.problems.append(Problem(node.start_mark.line + 1, node.start_mark.column + 1 + column, sentence))


def read_rules(text: str, source: str) -> list[Rule]:
    """Return the rules of a file's text.

    Raises:
        WrongRules: whatever is wrong, all of it.
    """
    file = _File(source)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise WrongRules(source, [Problem(*at, f"not YAML: {error.problem or error.context}")]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise WrongRules(source, [Problem(1, 1, f"not YAML: {error}")]) from None
    if root is None:
        return []
    for name, _, value in _members(file, root, frozenset({"groups"}), "a rule file"):
        if name == "groups":
            for group in _items(file, value, "groups"):
                _group(file, group)
    if file.problems:
        raise WrongRules(source, file.problems)
    return file.rules


def load_rules(path: Path | None, *, library: bool = True) -> list[Rule]:
    """Return the library's rules and those of a file; one of the file replaces the library's of the same name.

    Raises:
        ConfigurationError: the file cannot be read.
        WrongRules: what is wrong in it.
    """
    own: list[Rule] = []
    if path is not None:
        try:
            own = read_rules(path.read_text(), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"RTCPULSE_ALERT_RULES: {path} cannot be read: {error}") from None
    named = {rule.name for rule in own}
    shipped = read_rules(LIBRARY.read_text(), LIBRARY.name) if library else []
    return [rule for rule in shipped if rule.name not in named] + own


def _group(file: _File, node: yaml.Node) -> None:
    members = {name: value for name, _, value in _members(file, node, GROUP_KEYS, "a group")}
    name = _text(file, members.get("name"), "name")
    if not name:
        file.wrong(node, "a group needs a name")
    interval_s = _duration(file, members.get("interval"), "interval")
    if interval_s % STEP_S:
        file.wrong(members["interval"], f"interval is whole steps of {STEP_S} s")
    if "rules" not in members:
        file.wrong(node, "a group needs rules")
        return
    taken: set[str] = set()
    for item in _items(file, members["rules"], "rules"):
        rule = _rule(file, item, name, interval_s)
        if rule and (rule.name in taken or any(rule.name == one.name for one in file.rules)):
            file.wrong(item, f"there are two alerts {rule.name}: a name tells them apart")
        elif rule:
            taken.add(rule.name)
            file.rules.append(rule)


def _rule(file: _File, node: yaml.Node, group: str, interval_s: int) -> Rule | None:
    before = len(file.problems)
    members = {name: value for name, _, value in _members(file, node, RULE_KEYS, "a rule")}
    for needed in ("alert", "expr"):
        if needed not in members and isinstance(node, yaml.MappingNode):
            file.wrong(node, f"a rule needs {needed}")
    name, expr = _text(file, members.get("alert"), "alert"), _text(file, members.get("expr"), "expr")
    tree = _expression(file, members["expr"], expr) if "expr" in members and expr else None
    timing = Timing(
        _duration(file, members.get("for"), "for"), _duration(file, members.get("keep_firing_for"), "keep_firing_for")
    )
    labels = _texts(file, members.get("labels"), "labels")
    annotations = _texts(file, members.get("annotations"), "annotations")
    if tree is None:
        return None
    step = interval_s or STEP_S
    if all(not leaf.measure.source.by_tick for leaf in leaves(tree)):
        step = -(-step // MINUTE_S) * MINUTE_S
    rule = Rule(
        name, group, expr, tree, timing, step, _clear(file, members.get("clear"), tree),
        tuple((key, value.value) for key, value in labels), tuple((key, value.value) for key, value in annotations),
        file.source, node.start_mark.line + 1,
    )  # fmt: skip
    _check_texts(file, rule, labels, annotations)
    return rule if len(file.problems) == before else None


def _check_texts(
    file: _File, rule: Rule, labels: Iterable[tuple[str, yaml.Node]], annotations: Iterable[tuple[str, yaml.Node]]
) -> None:
    own = frozenset(labels_of(rule.node) or ())
    for name, node in labels:
        if name in OWN_LABELS | own:
            file.wrong(node, f"{name} is a label that the alert has by itself")
        for sentence in problems(node.value, own, value=False):
            file.wrong(node, sentence)
    for _, node in annotations:
        for sentence in problems(node.value, own | frozenset(ABOUT) | {key for key, _ in labels}):
            file.wrong(node, sentence)


def _expression(file: _File, node: yaml.Node, text: str) -> Node | None:
    try:
        return parse(text)
    except ExpressionError as error:
        before = text[: min(error.at, len(text.rstrip()))]
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        is_block = style in {"|", ">"}
        if before.count("\n") or is_block:
            lines = before.count("\n") + is_block
            column = len(before) - before.rfind("\n")
            file.problems.append(Problem(node.start_mark.line + 1 + lines, column, str(error)))
        else:
            file.wrong(node, str(error), column=error.at + (style in {"'", '"'}))
    return None


def _clear(file: _File, node: yaml.Node | None, tree: Node) -> float | None:
    if node is None:
        return None
    probe = Rule("", "", "", tree, Timing(), STEP_S)
    try:
        value = float(_text(file, node, "clear"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        file.wrong(node, "clear is a number")
        return None
    if probe.threshold is None:
        file.wrong(node, "clear needs an expression of the form VALUE > NUMBER or VALUE < NUMBER")
    elif (value > probe.threshold[2]) if probe.rising else (value < probe.threshold[2]):
        file.wrong(node, f"clear is on the good side of the threshold {probe.threshold[2]:g}, or the alert never ends")
    return value


def _members(
    file: _File, node: yaml.Node, known: frozenset[str], what: str
) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Return name, its node and the value's of a mapping's members; unknown and repeated ones are wrong."""
    if not isinstance(node, yaml.MappingNode):
        file.wrong(node, f"{what} is a mapping of {', '.join(sorted(known))}")
        return
    seen: set[Any] = set()
    for key, value in node.value:
        if key.value in seen:
            file.wrong(key, f"{key.value} stands here twice")
        elif not isinstance(key, yaml.ScalarNode) or (known and key.value not in known):
            file.wrong(key, f"{key.value} is nothing that {what} has{near(str(key.value), known)}")
        else:
            yield key.value, key, value
        seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))


def _items(file: _File, node: yaml.Node, what: str) -> Sequence[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        file.wrong(node, f"{what} is a list")
        return ()
    return list(node.value)


def _text(file: _File, node: yaml.Node | None, what: str) -> str:
    if node is None:
        return ""
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        file.wrong(node, f"{what} is a text that is not empty")
        return ""
    return str(node.value)


def _texts(file: _File, node: yaml.Node | None, what: str) -> list[tuple[str, yaml.Node]]:
    if node is None:
        return []
    found: list[tuple[str, yaml.Node]] = []
    for name, key, value in _members(file, node, frozenset(), what):
        if not name.isidentifier() or not name.isascii():
            file.wrong(key, f"{name!r} is no name of a label: letters, digits and _ only")
        elif not isinstance(value, yaml.ScalarNode):
            file.wrong(value, f"{name} is a text")
        else:
            found.append((name, value))
    return found


def _duration(file: _File, node: yaml.Node | None, what: str) -> int:
    if node is None:
        return 0
    text = _text(file, node, what)
    length_s = seconds(text)
    if length_s is None or length_s > LONGEST_S:
        file.wrong(node, f"{what} is a duration up to a day, as 30s, 5m or 1h30m, not {text!r}")
    return length_s or 0
