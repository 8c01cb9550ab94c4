"""`stream_samples`: one row per RTP stream per sample, the remote report and the sources of the stream joined to it.

A track that its receiver wants and that has no stream has a row too, without a stats id: its packets are 0, and no
other counter is known.

Names are neutral of direction: `packets` is received for inbound and sent for outbound, `frames` decoded and encoded,
`coding_time_s` decode and encode time. `d_` is the difference to the stream's previous sample: NULL where there is
none,
where a member is missing, and at a reset. Outbound loss comes from remote-inbound-rtp, so its deltas stand only in rows
where a new RTCP report arrived. The first row of a series without a baseline cannot tell whether its report is new.
"""

from schemas.tables.column import POSITION, Table, columns

_IDENTITY = columns("""
    project           LowCardinality(String)           from the key
    room              String                           the room's name
    session           String                           the session's id
    participant       String                           the participant's id
    writer            String                           128 random bits of the SDK instance
    pc                LowCardinality(String)           the peer connection within its writer
    pc_label          LowCardinality(String)           its role: publisher, subscriber, ...
    stream String within its session: writer's first 8, pc, direction, ssrc; without a stream: wanted, track
    ssrc              UInt32                           the SSRC; 0 where the stats have none
    stats_id          String  the stats object's id; empty: a wanted track without a stream (docs/input.md)
    mid               LowCardinality(String)           media section
    track_identifier  String                           MediaStreamTrack id
    track             String                           the track's id in the application; pairs sender and receiver
    publisher         String                           the participant whose media this is
    source            LowCardinality(String)           microphone, camera, screen_share, ...: of tracks, or contentType
    layer             LowCardinality(String)           rid or encodingIndex
    direction         LowCardinality(String)           inbound or outbound
    kind              LowCardinality(String)           audio or video
    codec             LowCardinality(String)           MIME subtype in lower case: opus, vp8, ...
    clock_rate        Nullable(UInt32)                 RTP clock, Hz
    t                 DateTime64(3,'UTC')              when the sample was taken
    clock_shift_ms    Int64                            what was added to the client's own time; 0 within 60 s
    received          DateTime64(3,'UTC')              when the collector had it
    interval_ms       Nullable(UInt32)                 since its previous sample; of its first, since the reading before
    reset   UInt8   1: counters restarted, or a track begins to have no stream; this row has no deltas
    quiet             UInt8                            1: muted, unwanted, inactive, no packets, or 1 s around a change
    muted             Nullable(UInt8)                  the owner muted the track
    wanted            Nullable(UInt8)                  the receiver wants the track
    active            Nullable(UInt8)                  encoding.active
""")

_COUNTERS = columns("""
    packets                   Nullable(UInt64)   packetsReceived or packetsSent, retransmissions included
    bytes                     Nullable(UInt64)   payload bytes, retransmissions included
    header_bytes              Nullable(UInt64)   RTP header and padding bytes
    retransmitted_packets     Nullable(UInt64)   retransmittedPacketsReceived or -Sent
    retransmitted_bytes       Nullable(UInt64)   retransmittedBytesReceived or -Sent
    fec_packets               Nullable(UInt64)   fecPacketsReceived
    packets_lost              Nullable(Int64)    RFC 3550 cumulative lost, signed; of the remote receiver for outbound
    packets_discarded         Nullable(UInt64)   too late or too early for the jitter buffer
    nacks                     Nullable(UInt64)   nackCount
    plis                      Nullable(UInt64)   pliCount
    firs                      Nullable(UInt64)   firCount
    frames                    Nullable(UInt64)   framesDecoded or framesEncoded
    key_frames                Nullable(UInt64)   keyFramesDecoded or -Encoded
    frames_received           Nullable(UInt64)   complete frames received; framesSent for outbound
    frames_dropped            Nullable(UInt64)   framesDropped
    huge_frames               Nullable(UInt64)   hugeFramesSent
    qp_sum                    Nullable(UInt64)   sum of QP over frames
    coding_time_s             Nullable(Float64)  totalDecodeTime or totalEncodeTime
    processing_delay_s        Nullable(Float64)  totalProcessingDelay
    send_delay_s              Nullable(Float64)  totalPacketSendDelay
    inter_frame_delay_s       Nullable(Float64)  totalInterFrameDelay
    squared_inter_frame_s2    Nullable(Float64)  totalSquaredInterFrameDelay
    freezes                   Nullable(UInt64)   freezeCount
    freezes_s                 Nullable(Float64)  totalFreezesDuration
    pauses                    Nullable(UInt64)   pauseCount
    pauses_s                  Nullable(Float64)  totalPausesDuration
    samples_received          Nullable(UInt64)   totalSamplesReceived, concealed ones included
    concealed_samples         Nullable(UInt64)   concealedSamples
    silent_concealed_samples  Nullable(UInt64)   silentConcealedSamples
    concealment_events        Nullable(UInt64)   concealmentEvents
    inserted_samples          Nullable(UInt64)   insertedSamplesForDeceleration
    removed_samples           Nullable(UInt64)   removedSamplesForAcceleration
    jitter_buffer_delay_s     Nullable(Float64)  jitterBufferDelay
    jitter_buffer_target_s    Nullable(Float64)  jitterBufferTargetDelay
    jitter_buffer_minimum_s   Nullable(Float64)  jitterBufferMinimumDelay
    jitter_buffer_emitted     Nullable(UInt64)   jitterBufferEmittedCount: samples or frames
    audio_energy              Nullable(Float64)  totalAudioEnergy of the stream; of the media source for outbound
    samples_duration_s        Nullable(Float64)  totalSamplesDuration of the same
    encoded_bytes_target      Nullable(UInt64)   totalEncodedBytesTarget
    limited_none_s            Nullable(Float64)  qualityLimitationDurations.none
    limited_cpu_s             Nullable(Float64)  qualityLimitationDurations.cpu
    limited_bandwidth_s       Nullable(Float64)  qualityLimitationDurations.bandwidth
    limited_other_s           Nullable(Float64)  qualityLimitationDurations.other
    resolution_changes        Nullable(UInt64)   qualityLimitationResolutionChanges
    source_frames             Nullable(UInt64)   frames of the media source
    synthesized_s             Nullable(Float64)  synthesizedSamplesDuration of the playout
    playout_delay_s           Nullable(Float64)  totalPlayoutDelay
    playout_samples           Nullable(UInt64)   totalSamplesCount of the playout
    corruption_sum            Nullable(Float64)  totalCorruptionProbability
    corruption_measurements   Nullable(UInt64)   corruptionMeasurements
    remote_packets            Nullable(UInt64)   packetsSent of remote-outbound; packetsReceived of remote-inbound
    remote_bytes              Nullable(UInt64)   bytesSent of remote-outbound
    total_rtt_s               Nullable(Float64)  totalRoundTripTime of the remote report
    rtt_measurements          Nullable(UInt64)   roundTripTimeMeasurements
""")

_GAUGES = columns("""
    remote_t            Nullable(DateTime64(3,'UTC'))  when the last RTCP report came
    jitter_ms           Nullable(Float64)              RFC 3550 jitter; of the remote receiver for outbound
    rtt_ms              Nullable(Float64)              round-trip time
    rtt_source          LowCardinality(String)         rtcp or stun; empty without rtt_ms
    fraction_lost       Nullable(Float64)              of the last RTCP interval, 0 to 1
    fps                 Nullable(Float64)              framesPerSecond, 0 where frames stand still
    width               Nullable(UInt32)               frameWidth, pixels
    height              Nullable(UInt32)               frameHeight, pixels
    audio_level         Nullable(Float64)              0 to 1; of the media source for outbound
    target_bitrate_bps  Nullable(Float64)              targetBitrate
    quality_limitation  LowCardinality(String)         qualityLimitationReason
    scalability_mode    LowCardinality(String)         scalabilityMode
    implementation      LowCardinality(String)         decoder or encoder implementation
    power_efficient     Nullable(UInt8)                power-efficient decoder or encoder
    source_fps          Nullable(Float64)              framesPerSecond of the media source
    source_width        Nullable(UInt32)               width of the media source
    source_height       Nullable(UInt32)               height of the media source
""")

_DELTAS = columns("""
    d_packets                   Nullable(UInt64)   packets
    d_packets_lost              Nullable(Int64)    signed; outbound: between two RTCP reports
    d_packets_expected Nullable(Int64) inbound: received - retransmitted + lost; outbound: sent - retransmitted
     d_bytes                     Nullable(UInt64)   payload bytes
    d_header_bytes              Nullable(UInt64)   header bytes
    d_retransmitted_packets     Nullable(UInt64)   retransmitted packets
    d_retransmitted_bytes       Nullable(UInt64)   retransmitted bytes
    d_packets_discarded         Nullable(UInt64)   discarded packets
    d_nacks                     Nullable(UInt64)   NACKed packets
    d_plis                      Nullable(UInt64)   PLIs
    d_firs                      Nullable(UInt64)   FIRs
    d_frames                    Nullable(UInt64)   frames
    d_key_frames                Nullable(UInt64)   key frames
    d_frames_dropped            Nullable(UInt64)   dropped frames
    d_qp_sum                    Nullable(UInt64)   QP
    d_coding_time_s             Nullable(Float64)  decode or encode time
    d_send_delay_s              Nullable(Float64)  pacer delay
    d_inter_frame_delay_s       Nullable(Float64)  sum of frame gaps
    d_squared_inter_frame_s2    Nullable(Float64)  sum of squared frame gaps
    d_freezes                   Nullable(UInt64)   freezes
    d_freezes_s                 Nullable(Float64)  time frozen
    d_pauses_s                  Nullable(Float64)  time paused
    d_samples_received          Nullable(UInt64)   audio samples
    d_concealed_samples         Nullable(UInt64)   concealed samples
    d_silent_concealed_samples  Nullable(UInt64)   silent concealed samples
    d_concealment_events        Nullable(UInt64)   concealment events
    d_jitter_buffer_delay_s     Nullable(Float64)  jitter-buffer delay
    d_jitter_buffer_target_s    Nullable(Float64)  jitter-buffer target
    d_jitter_buffer_emitted     Nullable(UInt64)   emitted samples or frames
    d_audio_energy              Nullable(Float64)  audio energy
    d_samples_duration_s        Nullable(Float64)  duration of the samples
    d_limited_none_s            Nullable(Float64)  time not limited
    d_limited_cpu_s             Nullable(Float64)  time limited by CPU
    d_limited_bandwidth_s       Nullable(Float64)  time limited by bandwidth
    d_limited_other_s           Nullable(Float64)  time limited otherwise
    d_resolution_changes        Nullable(UInt64)   resolution changes told, else 1 where the size is another
    d_total_rtt_s               Nullable(Float64)  sum of round-trip times
    d_rtt_measurements          Nullable(UInt64)   measurements in it
""")

STREAM_SAMPLES = Table(
    "stream_samples",
    "one RTP stream at one sample, or one wanted track without one",
    _IDENTITY + _COUNTERS + _GAUGES + _DELTAS + POSITION,
)
