"""Alerts as Alertmanager takes them (API v2) and as it passes them on (its webhook, version 4)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from analytics.alerts.outbox import FIRING, Notice

NEVER: Final = "0001-01-01T00:00:00Z"
VERSION: Final = "4"


def to_alertmanager(notice: Notice, public_url: str, ends_at: int) -> dict[str, Any]:
    """Return an alert for POST /api/v2/alerts; `ends_at` (epoch s) is when it is over if nothing more is heard."""
    return {
        "labels": dict(notice.labels),
        "annotations": dict(notice.annotations),
        "startsAt": _rfc3339(notice.fired_at),
        "endsAt": _rfc3339(max(ends_at, notice.fired_at)),
        "generatorURL": public_url + notice.link,
    }


def to_webhook(notices: Sequence[Notice], public_url: str, receiver: str) -> dict[str, Any]:
    """Return one message about alerts of one group, as Alertmanager's webhook has it; and `flapping` of each."""
    project, alert = notices[0].group
    group = {"alertname": alert, "project": project}
    status = FIRING if any(one.status == FIRING for one in notices) else "resolved"
    return {
        "version": VERSION,
        "groupKey": f'{{}}:{{alertname="{alert}", project="{project}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": receiver,
        "groupLabels": group,
        "commonLabels": _common([one.labels for one in notices]),
        "commonAnnotations": _common([one.annotations for one in notices]),
        "externalURL": public_url,
        "alerts": [_alert(one, public_url) for one in notices],
    }


def message_id(notices: Sequence[Notice], repeat: int = 0) -> str:
    """Return an id that is the same whenever the same is told again."""
    said = sorted((one.project, one.fingerprint, one.active_at, one.status) for one in notices)
    return "msg_" + hashlib.sha256(msgspec.json.encode((said, repeat))).hexdigest()[:32]


def _alert(notice: Notice, public_url: str) -> dict[str, Any]:
    return {
        "status": notice.status,
        "labels": dict(notice.labels),
        "annotations": dict(notice.annotations),
        "startsAt": _rfc3339(notice.fired_at),
        "endsAt": NEVER if notice.ended_at is None else _rfc3339(notice.ended_at),
        "generatorURL": public_url + notice.link,
        "fingerprint": notice.fingerprint,
        "flapping": notice.flapping,
    }


def _common(some: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *rest = some
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in rest)}


def _rfc3339(moment_s: int) -> str:
    return datetime.fromtimestamp(moment_s, UTC).isoformat().replace("+00:00", "Z")
