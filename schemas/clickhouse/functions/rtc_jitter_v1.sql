-- Interarrival jitter of RFC 3550 (6.4.1) after the last of some packets, ms: J += (|D| - J) / 16 from 0 on.
-- arrival_ms, timestamp (RTP, 32 bits that wrap), clock_rate (Hz): arrays of one length, in the order of arrival. As in
-- libwebrtc, packets of one frame (the same timestamp) and distances of 5 s or more do not count. Below two packets, or without a clock rate: NULL.
CREATE FUNCTION IF NOT EXISTS rtc_jitter_v1 AS (arrival_ms, timestamp, clock_rate) ->
    if(length(arrival_ms) < 2 OR arrayExists(rate -> rate <= 0, clock_rate), NULL, arrayFold(
        (jitter, one) -> if(one.2 = 0 OR one.1 >= 5000, jitter, jitter + (one.1 - jitter) / 16),
        arrayMap(
            (later, earlier, step, rate) -> (abs(later - earlier - if(step >= 2147483648, step - 4294967296, step) * 1000 / rate), step),
            arrayPopFront(arrival_ms), arrayPopBack(arrival_ms),
            arrayMap((later, earlier) -> bitAnd(toInt64(later) - toInt64(earlier), 4294967295),
                arrayPopFront(timestamp), arrayPopBack(timestamp)),
            arrayPopFront(clock_rate)),
        toFloat64(0)));
