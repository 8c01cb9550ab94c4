"""What belongs to a media server and not to a session."""

from schemas.tables.column import POSITION, Table, columns

NODE_SAMPLES = Table(
    "node_samples",
    "one series of one metric of one media server at one time; counters are as the server has them, from its start on",
    columns("""
    project         LowCardinality(String)  from the key, or from RTCPULSE_LIVEKIT_NODES
    node            LowCardinality(String)  the server: LiveKit's node_id, or its address while that is not known
    metric          LowCardinality(String)  as the server names it; up: 1, or 0 where it did not answer
    kind            LowCardinality(String)  counter (histograms' parts too) or gauge
    labels          LowCardinality(String)  JSON, names in order; without node_id, node_type and what is empty
    t               DateTime64(3,'UTC')     when it was asked
    clock_shift_ms  Int64                   what was added to the writer's own time
    received        DateTime64(3,'UTC')     when the collector had it
    value           Float64                 as it was said
    """)
    + POSITION,
)
