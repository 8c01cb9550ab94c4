"""Writes the parts of `docs/` that come from code: `python -m rtcpulse.reference`. A test holds them to it.

Whole files: metrics, verdicts, events, reasons, tables, the cookbook. In `docs/operations.md` what stands between
`<!-- NAME -->` and `<!-- /NAME -->` is replaced.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from analytics.userql import cookbook
from runtime import settings
from runtime.instruments import INSTRUMENTS
from schemas import events, metrics, reasons, stats, verdicts
from schemas.tables import DERIVED, RAW, Table

DOCS: Final = Path(__file__).parent.parent / "docs"
_METRICS: Final = """# Metrics

Every number that rtcpulse shows: how it is made, and from where on it counts as fair or poor. A minute counts as
affected when its loss, jitter, round-trip time, freezes or concealment pass their *poor*; a value that is unknown
never does. Time to first media is of a session, not of a minute. Definitions: W3C webrtc-stats, RFC 3550.

`d` is the difference to the row before. A metric of one interval is a column of its name in `stream_samples` or
`transport_samples`; it is unknown (NULL) where a part of it is: in the first row of a series, after a counter
restarted, and where the browser does not tell the member.

Where batches of a writer overlap, minutes, symptoms, scores and the Session page count each time of a stream once. Of
rows of one time that with differences counts, else the one at the lower position in the log. A row whose interval
reaches over another one is differenced from that one, as the first of a series without a baseline is, where it lies in
its own minute or in the one before; packets discarded and runs of concealment are not told of it. Of what is sent, a
report of the far end counts where it is first seen.

"""
_VERDICTS: Final = """# Verdicts

Published definitions of a poor stream, side by side, so that a team can come from any of them and compare. The query
`stream_verdicts` judges stored rows; the Session page shows it, and [reports](reports.md) count by the same statement.
A rule keeps its id as long as it keeps its limits.

A stream is `poor` when it was poor at any time, and beside that stands for how much of the judged time; a rule over
the whole stream is poor for all of it or none. What cannot be judged is `unknown`, with the reason, and never good:
where a value is missing and the others are not poor, nothing is said. Coverage is the judged time of the stream's
time, from the beginning of its first interval to its last sample; with it, how many samples there are of how many
there would be at the stream's median interval. Outbound streams are judged by the remote receiver's reports; the
round trip of an inbound stream without one of its own is its candidate pair's.

A quiet time is one in which the stream is muted, unwanted, inactive or without packets, with the interval after it;
not one without packets that were sent, as loss tells afterwards in the same minute ([accuracy](accuracy.md)).

"""
_LEFT_OUT: Final = """
## Left out

What getStats does not tell, or the publisher does not say exactly enough.

"""
_INPUT: Final = """# What is taken, kept, and refused

## Stats members

The SDKs send these members of W3C webrtc-stats and no others; of verbatim stats these are kept. Others are skipped and
counted in `batches.unknown_types` and `unknown_members`. Never stored: """
_ADDRESSES: Final = """
Before the log, a batch that holds one of these names or what looks like an address, a candidate, a ufrag or a
fingerprint is rewritten: objects and members of these names go; members that no contract names become null; addresses
go from event values, `session.tags` and `session.refs`, and such a text that speaks of a candidate or ufrag is emptied;
an object id that holds any of this is replaced, wherever it stands in stats, by a hash that is the session's own. Other
texts that a contract names (room, participant, app, labels, versions, event names, text members of stats) stay as
they were sent, so an address that is put there is stored. Any other batch is stored byte for byte.
"""
_TRACKS: Final = """
## Tracks

An entry of `tracks` holds from its `t` on, until a later one of the same SSRC, media section or track identifier. A
stream's owner is found by SSRC, else by media section, else by track identifier.

While the latest entry of an inbound `track` says `wanted` and not `muted`, every sample of its connection without an
inbound-rtp of it becomes a row of `stream_samples` with no packets and no `stats_id`: after 5 s that is evidence
([incidents](incidents.md)). It is no stream, and neither minutes nor sessions nor the fleet count it as one. There is
no row where something may be its stream: an inbound-rtp that any entry of the track names by one of the three, one of
no known track that has none of the three in common with them, one of the track on another connection of the batch; nor
where the media section, SSRC or identifier is another track's since, where the sample tells nothing at all, or where
two series of one connection overlap. So say `"wanted": false` of a track that its receiver gives up or that is gone.
"""
_REFUSALS: Final = """
## Refusals

A refusal is an RFC 9457 problem document whose `reason` is one of these. 429 and 503 carry `Retry-After`, and after 408
the same batch may be sent again; after any other it would be refused again.

"""
_COOKBOOK: Final = """# Cookbook

Statements for incidents. Each runs as it is: with `rtcpulse query`, in the SQL page, or by any client of `/sql/`
([SQL](sql.md)). Ranges are by the clock, mostly the last day; change them where the question is of another time.

"""
_RAW: Final = """Filter on `toStartOfHour(t)` beside `t`: the key has the hour. Each row stands once without `FINAL`. A
reading that two batches hold has a row of each: ask `LIMIT 1 BY session, stream, t` where a writer's batches overlap.
"""
_DERIVED: Final = """Ask with `FINAL`, as in `SELECT count() FROM sessions FINAL`: a job writes a row anew, and the
newest counts. Without it rows of old count too, until the engine has merged them, and so do rows that are no more.
"""


def documents(folder: Path = DOCS) -> dict[Path, str]:
    """Return each generated document with the text that it should have."""
    operations = folder / "operations.md"
    return {
        folder / "metrics.md": _METRICS + metrics.markdown(),
        folder / "verdicts.md": _verdicts(),
        folder / "input.md": _input(),
        folder / "cookbook.md": _COOKBOOK + cookbook.markdown(),
        folder / "tables-raw.md": _tables("Raw tables", _RAW, RAW),
        folder / "tables-derived.md": _tables("Derived tables", _DERIVED, DERIVED),
        operations: _filled(operations.read_text()),
    }


def _verdicts() -> str:
    rows = [
        (f"`{one.id}`", one.streams, ", ".join(f"`{limit}`" for limit in one.limits), one.window, one.needs, one.source)
        for one in verdicts.VERDICTS
    ]
    head = ("rule", "streams", "poor", "window", "needs", "source")
    return f"{_VERDICTS}{_table(head, rows)}{_LEFT_OUT}{_table(('what', 'why'), verdicts.LEFT_OUT)}"


def _input() -> str:
    forbidden = ", ".join(f"`{name}`" for name in sorted(stats.FORBIDDEN_MEMBERS | stats.FORBIDDEN_TYPES))
    members = [(f"`{kind}`", ", ".join(sorted(members))) for kind, members in stats.MEMBERS.items()]
    known = [(f"`{name}`", meaning) for name, meaning in events.EVENTS.items()]
    refusals = [(f"`{reason.value}`", str(reasons.STATUS[reason])) for reason in reasons.Reason]
    return (
        f"{_INPUT}{forbidden}.\n{_ADDRESSES}\n{_table(('type', 'members'), members)}"
        f"{_TRACKS}\n## Events\n\n{_table(('name', 'says'), known)}"
        f"{_REFUSALS}{_table(('reason', 'status'), refusals)}"
    )


def _tables(title: str, opening: str, tables: Sequence[Table]) -> str:
    parts = [f"# {title}\n", opening]
    for table in tables:
        rows = [(f"`{column.name}`", f"`{column.type}`", column.meaning) for column in table.columns]
        parts.append(f"## {table.name}\n\nOne row: {table.grain}.\n\n{_table(('column', 'type', 'meaning'), rows)}")
    return "\n".join(parts)


def _filled(text: str) -> str:
    known = {
        "settings": _table(
            ("setting", "default", "meaning"),
            [(f"`{one.name}`", one.default, one.meaning) for one in settings.reference()],
        ),
        "metrics": _table(
            ("metric", "kind", "labels", "meaning"),
            [(f"`rtcpulse_{name}`", one.kind, ", ".join(one.labels), one.meaning) for name, one in INSTRUMENTS.items()],
        ),
    }
    for name, table in known.items():
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", rf"\1\n{table}\n\2", text, flags=re.DOTALL)
    return text


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def main() -> None:
    """Write every document."""
    for path, text in documents().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
