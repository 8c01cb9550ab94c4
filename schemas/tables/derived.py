"""The derived tables, which analytics writes. A row is replaced as a whole: the highest version wins.

A tombstone hides what is no more.

Sums are sums over the minute's intervals (an interval belongs to the minute of its end); ratios are ratios of sums.
"""

from schemas.tables.column import Table, columns

VERSION = columns("""
    version   UInt64  the round that wrote the row; the highest wins
    deleted   UInt8   1: a tombstone, the scope has this row no more
""")

SCOPE = columns("""
    project      LowCardinality(String)  from the key
    room         String                  the room's name
    session      String                  the session's id
    participant  String                  the participant's id
""")

_MEDIA = columns("""
    samples             UInt32             samples stored
    interval_ms         UInt64             time that the samples' intervals cover, ms
    packets             UInt64             packets received or sent
    packets_lost        Int64              signed loss
    packets_expected    Int64              what the loss is of
    bytes               UInt64             payload bytes
    jitter_sum_ms       Float64            sum of jitter over samples that have it
    jitter_count        UInt32             their number
    jitter_max_ms       Nullable(Float64)  the highest
    rtt_sum_ms          Float64            sum of round-trip times
    rtt_count           UInt32             their number
    rtt_max_ms          Nullable(Float64)  the highest
    freezes_s           Float64            time frozen as far as known by the minute's end; no quiet times
    watched_ms          UInt64             time over which freezes count; none of a shared screen
    concealed_samples   UInt64             audible concealed samples, quiet times left out
    audio_samples       UInt64             samples that they are of
    frames              UInt64             frames decoded or encoded
    limited_cpu_s       Float64            time limited by CPU
    limited_bandwidth_s Float64            time limited by bandwidth
""")

STREAM_MINUTES = Table(
    "stream_minutes",
    "one stream in one minute; a wanted track without a stream is none",
    columns("minute DateTime('UTC') begin of the minute")
    + SCOPE
    + columns("""
    stream     String                  the stream within its session
    direction  LowCardinality(String)  inbound or outbound
    kind       LowCardinality(String)  audio or video
    track      String                  the track's id in the application
    publisher  String                  whose media this is
    """)
    + _MEDIA
    + VERSION
    + columns("""
    active_bytes  UInt64               of audio: payload of times that are neither quiet nor of DTX: the codec's rate
    active_ms     UInt64               these times, ms
    covered_ms    Array(Int32)         when intervals cover it: begins and ends in turn, ms from the minute's begin
    first_t       DateTime64(3,'UTC')  first sample
    last_t        DateTime64(3,'UTC')  last sample
    """),
)

STREAM_QUALITY = Table(
    "stream_quality",
    "what one stream was worth in one minute, and how much of it was seen",
    columns("minute DateTime('UTC') begin of the minute")
    + SCOPE
    + columns("""
    stream            String                  the stream within its session
    direction         LowCardinality(String)  inbound or outbound
    kind              LowCardinality(String)  audio or video
    samples           UInt32                  samples stored
    samples_expected  UInt32                  as the period gives from previous_t to next_t within the minute
    codec             LowCardinality(String)  MIME subtype of the minute's last sample
    loss_heard        Nullable(Float64)       ratio that the score is of; NULL: fewer than 50 packets were expected
    loss_from         LowCardinality(String)  concealed: audibly made up; packets: lost and discarded, or reported lost
    burst_ratio       Nullable(Float64)       BurstR by the mean concealment (rtc_burst_ratio_v1)
    delay_ms          Nullable(Float64)       mouth to ear of this leg (rtc_mouth_to_ear_v1)
    mos               Nullable(Float64)       of audio, by the ITU-T E-model; NULL where any evidence is missing
    mos_scale         LowCardinality(String)  NB, WB or FB; scores of two scales are never compared
    mos_scope         LowCardinality(String)  leg: this client to the server or peer; end to end: session_quality
    mos_version       LowCardinality(String)  the function that made it
    """)
    + VERSION
    + columns("""
    previous_t  Nullable(DateTime64(3,'UTC'))  the stream's last sample before the minute
    next_t      Nullable(DateTime64(3,'UTC'))  its first one after it
    """),
)

CIRCUMSTANCES = columns("""
    app           LowCardinality(String)  application and version
    browser       LowCardinality(String)  browser family
    os            LowCardinality(String)  operating system
    network_type  LowCardinality(String)  wifi, cellular, ...
    prefix        String                  network prefix
    country       LowCardinality(String)  ISO 3166 code
    asn           UInt32                  autonomous system number
    region        LowCardinality(String)  the media server's region
    node          LowCardinality(String)  the media server
""")

SESSION_MINUTES = Table(
    "session_minutes",
    "one session in one minute",
    columns("minute DateTime('UTC') begin of the minute")
    + SCOPE
    + CIRCUMSTANCES
    + columns("""
    streams           UInt32             streams with samples; a wanted track without a stream is none
    loss_in           Nullable(Float64)  loss ratio of what was received
    loss_out          Nullable(Float64)  loss ratio of what was sent
    jitter_ms         Nullable(Float64)  mean jitter of what was received
    rtt_ms            Nullable(Float64)  mean round-trip time
    bitrate_in_bps    Float64            payload received, over covered_in_ms
    bitrate_out_bps   Float64            payload sent, over covered_out_ms
    freeze_ratio      Nullable(Float64)  share of the time that received video stood still
    concealed_ratio   Nullable(Float64)  share of the received audio that was made up audibly
    affected          UInt8              1: a catalogue threshold for poor was passed (rtc_affected_v1)
    """)
    + VERSION
    + columns("""
    known      UInt8                   1: any value that could make it affected is known; 0 is not good, it is unknown
    coverage   Nullable(Float64)       samples of samples expected (stream_quality), all streams
    mos_worst  Nullable(Float64)       lowest score of the received audio on the scale below
    mos_mean   Nullable(Float64)       mean of the scores on that scale
    mos_scale  LowCardinality(String)  the scale of most streams that have a score; others are left out
    loss_judged           Nullable(Float64)  the worse of loss_in and loss_out of which 50 packets or more were expected
    packets_lost_in       Int64              of what was received; a stream whose loss is below zero counts as none
    packets_expected_in   Int64              what that loss is of
    packets_lost_out      Int64              of what was sent
    packets_expected_out  Int64              what that loss is of
    jitter_sum_ms         Float64            sum of jitter over samples of what was received
    jitter_count          UInt32             their number
    rtt_sum_ms            Float64            sum of round-trip times
    rtt_count             UInt32             their number
    bytes_in              UInt64             payload bytes received
    bytes_out             UInt64             payload bytes sent
    covered_in_ms         UInt64             time that intervals of any received stream cover
    covered_out_ms        UInt64             time that intervals of any sent stream cover
    """),
)

FLEET_MINUTES = Table(
    "fleet_minutes",
    "all sessions with the same circumstances in one minute",
    columns("""
    minute        DateTime('UTC')         begin of the minute
    project       LowCardinality(String)  from the key
    app           LowCardinality(String)  application and version
    browser       LowCardinality(String)  browser family
    os            LowCardinality(String)  operating system
    network_type  LowCardinality(String)  wifi, cellular, ...
    country       LowCardinality(String)  ISO 3166 code
    region        LowCardinality(String)  the media server's region
    sessions      UInt32                  sessions with samples
    affected      UInt32                  those of them that were poor
    losses        Array(Float32)          loss ratio (loss_judged) of each session that has one
    rtts_ms       Array(Float32)          round-trip time of each
    jitters_ms    Array(Float32)          jitter of each
    bitrates_bps  Array(Float32)          received payload of each
    """)
    + VERSION
    + columns("""
    known         UInt32                  sessions of which anything was known that makes a minute poor
    """),
)

SESSIONS = Table(
    "sessions",
    "one session",
    SCOPE
    + CIRCUMSTANCES
    + columns("""
    role                    LowCardinality(String)         client or server
    sdk                     LowCardinality(String)         SDK and version
    browser_version         LowCardinality(String)         its version
    device                  LowCardinality(String)         device
    began_hour              DateTime('UTC')                hour of the first thing in its first batch
    first_t                 DateTime64(3,'UTC')            first thing known
    last_t                  DateTime64(3,'UTC')            last thing known
    batches                 UInt32                         batches stored
    batches_missing         UInt32                         gaps in the writers' seq
    join_started            Nullable(DateTime64(3,'UTC'))  event join_started
    joined                  Nullable(DateTime64(3,'UTC'))  event joined, the client's own first
    first_media             Nullable(DateTime64(3,'UTC'))  first of first_audio and first_video
    left                    Nullable(DateTime64(3,'UTC'))  event left, the client's own first; rejoined: at the latest
    left_reason             LowCardinality(String)         why, where it says so
    time_to_first_media_ms  Nullable(UInt32)               from join_started
    minutes                 UInt32                         minutes with samples
    affected_minutes        UInt32                         those of them that were poor
    packets_lost            Int64                          of what was received, by stream: none where below zero
    packets_expected        Int64                          what the loss is of
    """)
    + VERSION
    + columns("""
    ending           LowCardinality(String)     left, ice_failed, dropped; no goodbye (yet): telemetry_lost, unknown
    reconnects       UInt32                     repairs: events reconnected, or returns of ICE or to the server
    network_changes  UInt32                     events network, or changes of batches' network_type where those are more
    device_changes   UInt32                     events device
    known_minutes    UInt32                     minutes in which anything that makes one poor was known
    worst_minute     Nullable(DateTime('UTC'))  the poor minute that was furthest beyond a threshold
    worst_metric     LowCardinality(String)     by which metric
    streams_in       UInt32                     streams received; a wanted track that never had one is none
    streams_out      UInt32                     streams sent
    relayed          Nullable(UInt8)            1: media went through TURN at any time; NULL: no pair is known
    over_tcp         Nullable(UInt8)            1: over TCP or TLS at any time, to the TURN server or the peer
    """),
)
