"""A statement as the engine's parser sees it: the lines of EXPLAIN AST.

A line is indented by its depth: its kind, what it names, `(alias NAME)` and `(children N)`. What an alias or a text
holds is not escaped there, so callers let none with a line break come here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

_LINE: Final = re.compile(
    r"(?P<depth> *)(?P<kind>[\w:]+)(?: +(?P<rest>.*?))??(?: \(alias (?P<alias>.*)\))?(?: \(children \d+\))?", re.DOTALL
)


@dataclass(slots=True)
class Node:
    """One node.

    Attributes:
        kind: of it: SelectQuery, Function, TableIdentifier...
        name: what it names: a function, a table, a column, a literal.
        children: in order.
    """

    kind: str
    name: str
    children: list["Node"] = field(default_factory=list)

    def all(self) -> Iterator["Node"]:
        """Return it and all below it."""
        yield self
        for child in self.children:
            yield from child.all()

    def pairs(self) -> Iterator[tuple["Node", "Node"]]:
        """Return (parent, child) for all below it."""
        for child in self.children:
            yield self, child
            yield from child.pairs()


def parsed(lines: Sequence[str]) -> Node:
    """Return the tree.

    Raises:
        ValueError: a line is of no form that is known.
    """
    root = Node("", "")
    path = [root]
    for line in lines:
        match = _LINE.fullmatch(line)
        if not match or len(match["depth"]) >= len(path):
            raise ValueError(line)
        node = Node(match["kind"], match["rest"] or "")
        del path[len(match["depth"]) + 1 :]
        path[-1].children.append(node)
        path.append(node)
    if len(root.children) != 1:
        raise ValueError("not one statement")
    return root.children[0]
