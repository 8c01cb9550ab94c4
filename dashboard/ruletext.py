"""A rule as the text of a rule file: what the editor opens with."""

from typing import Any

import yaml

from analytics.alerts.rules import Rule


def written(rule: Rule) -> str:
    """Return a file with one rule, which reads as the same rule."""
    said: dict[str, Any] = {"alert": rule.name, "expr": rule.expr}
    for name, seconds in (("for", rule.timing.for_s), ("keep_firing_for", rule.timing.keep_s)):
        said |= {name: f"{seconds}s"} if seconds else {}
    said |= {} if rule.clear is None else {"clear": rule.clear}
    said |= {"labels": dict(rule.labels)} if rule.labels else {}
    said |= {"annotations": dict(rule.annotations)} if rule.annotations else {}
    group = {"name": rule.group, "interval": f"{rule.step}s", "rules": [said]}
    text: str = yaml.safe_dump({"groups": [group]}, sort_keys=False, allow_unicode=True, width=100)
    return text
