-- The row of rtc_codecs_v1 for a stream's codec (MIME subtype) at its payload bitrate: the highest row that is not above
-- it, so between two rates the worse one counts. No such row: one with scale '', for which there is no rating.
CREATE FUNCTION IF NOT EXISTS rtc_codec_v1 AS (codec, kbps) ->
    arrayLast(c -> c.codec = codec AND c.taken = 1 AND c.kbps <= ifNull(kbps, 0), rtc_codecs_v1());
