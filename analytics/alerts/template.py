"""Texts of labels and annotations: `{{ $labels.NAME }}`, `{{ $value }}`, with Prometheus's commonest filters."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from analytics.alerts.parser import near

_ACTION: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_BODY: Final = re.compile(r"\s*(?:\$labels\.(?P<label>\w+)|(?P<value>\$value))\s*(?:\|\s*(?P<filter>\w+)\s*)?")
_SHORT: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def _plain(value: float) -> str:
    return f"{value:.6g}"


def _humanize(value: float) -> str:
    for size, prefix in _SHORT:
        if abs(value) >= size:
            return f"{value / size:.4g}{prefix}"
    return f"{value:.4g}"


def _duration(value: float) -> str:
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


_FILTERS: Final[dict[str, Callable[[float], str]]] = {
    "humanize": _humanize,
    "humanizePercentage": lambda value: f"{value * 100:.4g}%",
    "humanizeDuration": _duration,
}


def problems(text: str, labels: frozenset[str], *, value: bool = True) -> Iterator[str]:
    """Return what is wrong with a text: names that are not there, filters that are not known.

    Args:
        text: the template.
        labels: names that it may use.
        value: whether it may use `$value`, which changes and so tells nothing apart.
    """
    if _ACTION.sub("", text).count("{{"):
        yield "a {{ has no }}"
    for action in _ACTION.finditer(text):
        body = _BODY.fullmatch(action[1])
        if not body:
            yield f"{action[0]} is not {{{{ $labels.NAME }}}} or {{{{ $value }}}} with at most one filter"
            continue
        if body["label"] and body["label"] not in labels:
            yield f"{action[0]}: this alert has no label {body['label']}{near(body['label'], labels)}"
        if body["value"] and not value:
            yield f"{action[0]}: a label cannot hold the value, by which the alert would be another one each time"
        if body["filter"] and (body["label"] or body["filter"] not in _FILTERS):
            yield f"{action[0]}: filters are {', '.join(_FILTERS)}, of $value"


def filled(text: str, labels: Mapping[str, str], value: float) -> str:
    """Return a text with what its actions stand for; a label that is not known is empty."""

    def made(action: re.Match[str]) -> str:
        body = _BODY.fullmatch(action[1])
        if not body:
            return action[0]
        if body["label"]:
            return labels.get(body["label"], "")
        shown = _FILTERS.get(body["filter"] or "", _plain)
        return shown(value)

    return _ACTION.sub(made, text)
