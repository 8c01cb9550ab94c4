"""Each format, imported whole: the rows add up to what another record of the same call says, and no counter falls."""

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.sources.traces.recorded import Recorded, Skips
from rtcpulse.importing.formats import NAMES, batches_of, format_of, sessions
from rtcpulse.importing.recording import Recording
from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.importing import written
from tests.importing.capturing import pcap
from tests.recordings.batches import sums
from tests.recordings.check import check
from tests.recordings.readers import read_own

DUMPS = Path(__file__).parent.parent / "fixtures" / "dumps"
Make = Callable[[Path], Path]


def a_dump(kind: str) -> Path:
    """Return what Chromium itself saved of our call."""
    (path,) = DUMPS.glob(f"chromium-*-{kind}*")
    return path


def the_session(path: Path) -> Recorded:
    """Return the one session of a recording."""
    recording = Recording(path)
    (found,) = sessions(recording, format_of(recording), Skips())
    return found


def stored(store: ChdbStore, project: str, path: Path) -> str:
    """Import a file as a block of its own and return its session."""
    recording = Recording(path)
    made = list(batches_of(recording, format_of(recording), Skips(), {}))
    feed = Feed(store, project)
    late = 2_000_000_000_000
    feed.store_batches([msgspec.json.decode(one.body) for one in made], received_ms=late, source="import")
    return made[0].session


def asked(store: ChdbStore) -> Callable[[str], list[dict[str, Any]]]:
    """Return what runs a statement."""
    return lambda sql: list(store.query(sql).to_pylist())


@pytest.mark.parametrize("kind", ["internals", "rtcstats"])
def test_a_batch_names_the_connections_that_it_is_about(kind: str) -> None:
    """Not all of the file's in each batch: a dump of a conference has hundreds."""
    recording = Recording(a_dump(kind))
    made = [msgspec.json.decode(one.body) for one in batches_of(recording, format_of(recording), Skips(), {})]
    assert len({one["pc"] for batch in made for one in batch["pcs"]}) > 1
    for batch in made:
        spoken_of = {one.get("pc") for one in (*batch.get("series", ()), *batch.get("events", ()))}
        assert {one["pc"] for one in batch["pcs"]} == spoken_of - {None, ""}, batch["pcs"]


@pytest.mark.parametrize(("kind", "other"), [("internals", "rtcstats"), ("rtcstats", "internals")])
def test_chromiums_two_dumps_of_a_call_say_the_same(store: ChdbStore, project: str, kind: str, other: str) -> None:
    """Sums of one's rows are last minus first of the other's readings, as far as both have polls."""
    session = stored(store, project, a_dump(kind))
    expected = _polled_together(the_session(a_dump(other)), the_session(a_dump(kind)))
    assert check(expected, session, asked(store)) >= 30


def _polled_together(other: Recorded, one: Recorded) -> Recorded:
    """Return the other's readings with those of `one` after them: the last of all was saved by one only."""
    return Recorded(
        pcs={pc: readings[: len(one.pcs[pc])] + one.pcs[pc][len(readings) :] for pc, readings in other.pcs.items()}
    )


def test_chromiums_two_dumps_have_the_same_values_at_the_same_times() -> None:
    """Every member of every object; only what a list with a hole has may be missing."""
    one, other = the_session(a_dump("internals")), the_session(a_dump("rtcstats"))
    compared = 0
    for pc, readings in one.pcs.items():
        for mine, theirs in zip(readings, other.pcs[pc], strict=False):
            assert abs(mine.t - theirs.t) < 50
            by_id = {stats["id"]: stats for stats in theirs.objects}
            assert {stats["id"] for stats in mine.objects} == by_id.keys()
            for stats in mine.objects:
                assert stats.items() <= by_id[stats["id"]].items()
                compared += len(stats)
    assert compared > 5000


@pytest.mark.parametrize("write", [written.internals_86, written.jitsi, written.rtcstats_4])
def test_older_forms_say_what_getstats_said(store: ChdbStore, project: str, tmp_path: Path, write: Any) -> None:
    """Differences, lists without times and numbers for names become the readings that they were made of."""
    path = tmp_path / "dump"
    path.write_bytes(write(written.readings()))
    told, truth = the_session(path), read_own(written.CALL)
    session = stored(store, project, path)
    assert check(told, session, asked(store)) >= 30
    assert _plain_sums(told) == _plain_sums(truth)


def _plain_sums(recorded: Recorded) -> list[tuple[str, int, str, float]]:
    return sorted((one.key[1], one.key[3], one.column, round(one.value, 6)) for one in sums(recorded))


@pytest.mark.parametrize("write", [written.internals_86, written.jitsi, written.rtcstats_4])
def test_events_come_where_their_time_is_known(tmp_path: Path, write: Any) -> None:
    """Chrome 86 wrote times as its user reads them, which nobody else can."""
    path = tmp_path / "dump"
    path.write_bytes(write(written.readings()))
    names = [event["name"] for event in the_session(path).events]
    expected = 0 if write is written.internals_86 else 2
    assert (names.count("ice_state"), names.count("ice_connected")) == (expected, expected)
    assert names.count("first_video") == 2


def test_a_file_that_is_imported_again_is_the_same_batches(tmp_path: Path) -> None:
    """Whatever its name, and whether or not it was compressed."""
    again = tmp_path / "renamed.json"
    again.write_bytes(Recording(a_dump("internals")).plain)
    made = [list(batches_of(Recording(path), "webrtc-internals", Skips(), {})) for path in (a_dump("internals"), again)]
    assert [one.body for one in made[0]] == [one.body for one in made[1]]
    keys = [(one.session, one.seq) for one in made[0]]
    assert len(set(keys)) == len(keys) > 3


def test_each_format_is_known_by_its_beginning(tmp_path: Path) -> None:
    """By content, not by name."""
    calls = written.readings()
    own = list(batches_of(Recording(a_dump("rtcstats")), "rtcstats", Skips(), {}))
    contents = {
        "rtcstats": written.rtcstats_4(calls),
        "webrtc-internals": written.internals_86(calls),
        "jitsi": written.jitsi(calls),
        "batches": b"\n".join(one.body for one in own),
        "pcap": pcap([]),
    }
    assert set(contents) == set(NAMES)
    for name, content in contents.items():
        path = tmp_path / "file"
        path.write_bytes(content)
        assert format_of(Recording(path)) == name


def test_a_mark_before_the_text_is_no_part_of_it(tmp_path: Path) -> None:
    """Programs that write UTF-8 with one: every batch is read, the first too, and it is the same recording."""
    own = list(batches_of(Recording(a_dump("rtcstats")), "rtcstats", Skips(), {}))
    for content in (written.rtcstats_4(written.readings()), b"\n".join(one.body for one in own)):
        bare, marked, skips = tmp_path / "bare", tmp_path / "marked", Skips()
        bare.write_bytes(content)
        marked.write_bytes(codecs.BOM_UTF8 + content)
        name = format_of(Recording(marked))
        made = list(batches_of(Recording(marked), name, skips, {}))
        assert made == list(batches_of(Recording(bare), name, Skips(), {}))
        assert "the line is no batch" not in {one.reason for one in skips.all()}


def test_batches_of_our_own_go_on_as_they_are(tmp_path: Path) -> None:
    """With their own session, writer and seq; a line that is none is named."""
    own = list(batches_of(Recording(a_dump("rtcstats")), "rtcstats", Skips(), {}))
    path, skips = tmp_path / "batches.jsonl", Skips()
    path.write_bytes(
        b"\n".join([own[0].body, b'{"v": 1, "writer": 7, "session": {"id": "s"}}', own[1].body, b'{"v": 1, "wri'])
    )
    made = list(batches_of(Recording(path), "batches", skips, {"room": "elsewhere"}))
    assert [one.body for one in made] == [own[0].body, own[1].body]
    assert {(one.reason, one.first) for one in skips.all()} == {
        ("the line is no batch", "line 2"),
        ("the last line is cut off", "line 4"),
    }
