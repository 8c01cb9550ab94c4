"""The decoders in the hands of libFuzzer, which keeps what reached new code and goes on from there."""

import os
import re
import resource
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from collector.admit import Limits, admit
from ingest.decode import decode
from runtime.chdbstore import ChdbStore
from schemas.errors import Refused
from schemas.reasons import Reason
from tests.builders import T0, a_batch, a_series, an_object, packed
from tests.fuzz.bodies import GOOD
from tests.fuzz.effort import ASKED, REQUESTS, SEED
from tests.ingest.running import RECEIVED, Ingest, verbatim

ROOT: Final = Path(__file__).parent.parent.parent
RUNS: Final = REQUESTS * 10
TIME_S: Final = 1500
RSS_MB: Final = 1024
"""That it may take; Linux counts what the process that starts it once took too."""
SERIES: Final = a_batch(
    series=[a_series([T0, T0 + 1000], an_object("inbound-rtp", "I", {"ssrc": 7, "odd": "?"}, packetsReceived=[1, 2]))]
)


@pytest.mark.skipif(
    find_spec("atheris") is None and "CI" not in os.environ,
    reason="atheris has wheels for Python 3.11 to 3.13 on Linux x86-64",
)
@pytest.mark.timeout(TIME_S + 60)
def test_any_bytes_are_a_batch_or_refused(tmp_path: Path) -> None:
    """By the collector and by ingest, which reads everything that the collector lets in."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, good in enumerate(GOOD):
        (corpus / f"{number}.json").write_bytes(packed(good))
    amount = [
        f"-runs={RUNS}",
        f"-max_total_time={TIME_S}",
        "-max_len=16384",
        "-reduce_inputs=0",
        f"-seed={SEED if ASKED else 1}",
        f"-rss_limit_mb={RSS_MB + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}",
    ]
    command = [sys.executable, "-m", "tests.fuzz.decoding", *amount, f"-artifact_prefix={tmp_path}/", str(corpus)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    done = re.search(r"Done (\d+) runs", ended.stderr)
    assert done, ended.stderr
    print(f"{done[1]} bodies were decoded")
    assert int(done[1]) >= REQUESTS


@pytest.mark.parametrize("form", [SERIES, verbatim(SERIES)], ids=["series", "samples"])
def test_bytes_that_are_no_text_are_refused_wherever_they_stand(form: dict[str, object]) -> None:
    """The collector skips members that nobody knows; ingest reads them, and the batch became a dead letter."""
    for damaged in (b'"od\xa1"', b'"\xff"'):
        body = packed(form).replace(b'"odd"' if damaged.startswith(b'"od') else b'"?"', damaged)
        with pytest.raises(Refused) as refusal:
            admit(body, Limits(), received_ms=RECEIVED, sent_ms=None)
        assert refusal.value.reason is Reason.NOT_UTF8


@pytest.mark.parametrize(
    "number", ["1e999", "-1e999", "[1e999]", "1" * 5000, "1" * 309 + ".5"], ids=lambda text: text[:6]
)
@pytest.mark.parametrize("form", [SERIES, verbatim(SERIES)], ids=["series", "samples"])
def test_a_number_that_no_double_holds_costs_no_batch(store: ChdbStore, form: dict[str, object], number: str) -> None:
    """In a member that nobody knows the collector skips it; the batch was acknowledged and became a dead letter."""
    body = packed(form).replace(b'"?"', number.encode())
    admit(body, Limits(), received_ms=RECEIVED, sent_ms=None)
    tables = Ingest(store, "p").tables(body)
    assert tables.batches["outcome"].to_pylist() == ["stored"]
    assert tables.stream_samples["packets"].to_pylist() == [1, 2]
    assert tables.stream_samples["ssrc"].to_pylist() == [7, 7]
    assert decode(body).seq == 0
