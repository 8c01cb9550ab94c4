"""The derived tables of what went wrong: symptoms, sample by sample, and the incidents that come of them."""

from typing import Final

from schemas.tables.column import Table, columns
from schemas.tables.derived import CIRCUMSTANCES, SCOPE, VERSION

SYMPTOMS: Final = Table(
    "symptoms",
    "one symptom of one stream or connection over the interval of one sample, where it was bad (docs/incidents.md)",
    SCOPE
    + columns("""
    pc         LowCardinality(String)  the peer connection within its writer
    stream     String                  the stream within its session; empty: of the connection
    ssrc       UInt32                  its SSRC
    direction  LowCardinality(String)  inbound or outbound; empty: of the connection
    kind       LowCardinality(String)  audio or video
    track      String                  the track's id in the application; pairs sender and receivers
    publisher  String                  whose media it is
    symptom    LowCardinality(String)  loss, concealment, freeze, jitter, delay, cpu, bandwidth, silence, stopped, ...
    began      DateTime64(3,'UTC')     begin of the interval
    t          DateTime64(3,'UTC')     its end
    level      UInt8                   2: degraded; 1: enough to be evidence for somebody else's trouble
    value      Float64                 what was measured: a ratio, or ms for jitter and delay
    """)
    + VERSION,
)

INCIDENTS: Final = Table(
    "incidents",
    "one time in which one session was degraded without a break, in the circumstances of its first minute",
    SCOPE
    + CIRCUMSTANCES
    + columns("""
    incident      String                  its id; kept while it overlaps what it was
    began         DateTime64(3,'UTC')     begin of the first degraded interval of the first 10 s with 4 s of them
    ended         DateTime64(3,'UTC')     end of the last degraded interval so far
    degraded_ms   UInt64                  degraded time in it, ms
    severity      LowCardinality(String)  minor, major or critical
    cause         LowCardinality(String)  the cause that the evidence carries, or unknown
    side          LowCardinality(String)  client, other, network, server or unknown
    rule          LowCardinality(String)  the version of the rules that decided
    symptoms      Array(String)           symptoms of this session in it, by name
    streams       Array(String)           its degraded streams
    evidence      Array(String)           what was seen, one sentence each
    """)
    + VERSION,
)
