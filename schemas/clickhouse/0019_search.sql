-- 0019: whole ids of tracks and streams, and SSRCs, with which a stream's id ends, are found without reading all minutes.
-- Parts of before have no index until they are merged: they are read.
ALTER TABLE stream_minutes
    ADD INDEX IF NOT EXISTS by_track track TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_stream stream TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_ssrc substringIndex(stream, '-', -1) TYPE bloom_filter(0.01) GRANULARITY 1;
