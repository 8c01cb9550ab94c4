"""The other raw tables: transports, events, marks, dead letters, and the ledger `batches`."""

from schemas.tables.column import POSITION, Table, columns

_ORIGIN = columns("""
    project         LowCardinality(String)  from the key
    room            String                  the room's name
    session         String                  the session's id
    participant     String                  the participant's id
    writer          String                  128 random bits of the SDK instance
    pc              LowCardinality(String)  the peer connection within its writer
""")

_TIME = columns("""
    t               DateTime64(3,'UTC')     when it was sampled or happened
    clock_shift_ms  Int64                   what was added to the client's own time
    received        DateTime64(3,'UTC')     when the collector had it
""")

TRANSPORT_SAMPLES = Table(
    "transport_samples",
    "one transport of a peer connection, with its selected candidate pair, at one sample",
    _ORIGIN
    + columns("""
    pc_label                LowCardinality(String)  the peer connection's role
    transport               LowCardinality(String)  the transport's stats id
    pair                    String                  the selected pair's stats id
    """)
    + _TIME
    + columns("""
    interval_ms             Nullable(UInt32)        since the transport's previous sample, ms
    reset                   UInt8                   1: the byte counters restarted
    pair_changed            UInt8                   1: another pair than in the previous sample
    counted_on              LowCardinality(String)  transport or candidate-pair: whose byte counters these are
    packets_sent            Nullable(UInt64)        packets sent
    packets_received        Nullable(UInt64)        packets received
    bytes_sent              Nullable(UInt64)        bytes sent
    bytes_received          Nullable(UInt64)        bytes received
    d_packets_sent          Nullable(UInt64)        difference to the previous sample
    d_packets_received      Nullable(UInt64)        difference to the previous sample
    d_bytes_sent            Nullable(UInt64)        difference to the previous sample
    d_bytes_received        Nullable(UInt64)        difference to the previous sample
    packets_discarded       Nullable(UInt64)        packetsDiscardedOnSend of the pair
    total_rtt_s             Nullable(Float64)       totalRoundTripTime of the pair (STUN)
    responses_received      Nullable(UInt64)        STUN responses
    d_total_rtt_s           Nullable(Float64)       difference on the same pair
    d_responses_received    Nullable(UInt64)        difference on the same pair
    current_rtt_ms          Nullable(Float64)       currentRoundTripTime of the pair
    rtt_ms                  Nullable(Float64)       mean of the interval: d_total_rtt_s / d_responses_received
    available_bps           Nullable(Float64)       availableOutgoingBitrate; NULL where no video is sent
    available_incoming_bps  Nullable(Float64)       availableIncomingBitrate
    local_type              LowCardinality(String)  local candidate: host, srflx, prflx, relay
    remote_type             LowCardinality(String)  remote candidate
    protocol                LowCardinality(String)  udp or tcp
    relay_protocol          LowCardinality(String)  udp, tcp or tls to the TURN server
    network_type            LowCardinality(String)  networkType of the local candidate
    ice_state               LowCardinality(String)  iceState
    ice_role                LowCardinality(String)  iceRole
    dtls_state              LowCardinality(String)  dtlsState
    pair_changes            Nullable(UInt64)        selectedCandidatePairChanges
    """)
    + POSITION,
)

EVENTS = Table(
    "events",
    "one event of a session",
    _ORIGIN
    + _TIME
    + columns("""
    name            LowCardinality(String)  one of schemas.events.EVENTS
    custom_name     LowCardinality(String)  the application's own name where name is custom
    value           String                  JSON: a scalar or a flat object
    """)
    + POSITION,
)

MARKS = Table(
    "marks",
    "one moment that somebody wants to see beside the numbers, such as a deploy; kept as long as rollups are",
    columns("""
    project       LowCardinality(String)  from the key
    t             DateTime64(3,'UTC')     when it was
    received      DateTime64(3,'UTC')     when the collector had it
    name          LowCardinality(String)  what it is: deploy, ...
    version       LowCardinality(String)  of what was deployed
    text          String                  what else there is to say
    app           LowCardinality(String)  whom it concerns; empty: everybody
    browser       LowCardinality(String)  as above
    os            LowCardinality(String)  as above
    network_type  LowCardinality(String)  as above
    country       LowCardinality(String)  as above
    region        LowCardinality(String)  as above
    """)
    + POSITION,
)

DEAD_LETTERS = Table(
    "dead_letters",
    "one acknowledged message that could not become rows",
    columns("""
    project         LowCardinality(String)  from the key
    received        DateTime64(3,'UTC')     when the collector had it
    reason          LowCardinality(String)  one of schemas.reasons.DeadLetter
    detail          String                  what was wrong and where
    headers         String                  the message's headers, JSON
    body            String                  the message's bytes as they came
    """)
    + POSITION,
)

BATCHES = Table(
    "batches",
    "one position of the log and how it ended; written last, so a row here says that all its other rows stand",
    columns("""
    project          LowCardinality(String)         from the key
    session          String                         the session's id
    writer           String                         128 random bits of the SDK instance
    seq              Nullable(UInt64)               the writer's number of the batch
    origin_id        String                         stands for seq where a foreign source has none
    outcome          LowCardinality(String)         stored, duplicate or dead_letter
    reason           LowCardinality(String)         why not stored
    body_hash        UInt64                         first 64 bits of BLAKE2b of the unpacked body
    received         DateTime64(3,'UTC')            when the collector had it
    sent             Nullable(DateTime64(3,'UTC'))  the client's clock at this attempt to send
    clock_shift_ms   Int64                          what was added to the client's times
    t_min            Nullable(DateTime64(3,'UTC'))  first stored time
    t_max            Nullable(DateTime64(3,'UTC'))  last stored time
    every_ms         Nullable(Float64)              the polling interval that the writer says it keeps
    baselined        UInt8                          1: every series has a baseline; 0: the minute job derives deltas
    stream_rows      UInt32                         rows in stream_samples
    transport_rows   UInt32                         rows in transport_samples
    event_rows       UInt32                         rows in events
    node_rows        UInt32                         rows in node_samples
    dropped_client   UInt64                         batches that the writer says it had to drop
    dropped_too_old  UInt32                         samples and events left out: older than the limit
    dropped_too_new  UInt32                         samples and events left out: in the future
    dropped_no_step  UInt32                         samples left out: same time as the one before
    unknown_types    UInt32                         stats objects of types that nobody knows
    unknown_members  UInt32                         members that nobody knows
    bytes            UInt32                         size as it came
    source           LowCardinality(String)         batches, stream, or the foreign source's name
    room             String                         the room's name
    participant      String                         the participant's id
    role             LowCardinality(String)         client or server
    app              LowCardinality(String)         application and version
    sdk              LowCardinality(String)         SDK and version
    browser          LowCardinality(String)         browser family, from the batch or the user agent
    browser_version  LowCardinality(String)         its version
    os               LowCardinality(String)         operating system
    device           LowCardinality(String)         device
    network_type     LowCardinality(String)         what the client says: wifi, cellular, ...
    prefix           String                         network prefix of the sender's address: /24 or /48
    country          LowCardinality(String)         ISO 3166 code, when a mmdb file is given
    asn              UInt32                         autonomous system number; 0: unknown
    node             LowCardinality(String)         media server
    region           LowCardinality(String)         its region
    refs             String                         ids in other systems, JSON
    tags             String                         the application's tags, JSON
    replay_of        String                         the dead letter that it replays: log id/partition/offset
    """)
    + POSITION[:3],
)
