-- Round-trip time of a receiver report, ms (RFC 3550, 6.4.1): its arrival - LSR - DLSR. All three: 32 bits, units of 1/65536 s,
-- as the middle of an NTP timestamp. No sender report was received (LSR 0): NULL. A negative one, by clocks that were
-- set: 1 ms, as libwebrtc has it.
CREATE FUNCTION IF NOT EXISTS rtc_report_rtt_v1 AS (arrival, lsr, dlsr) ->
    if(lsr = 0, NULL, if(bitAnd(toInt64(arrival) - lsr - dlsr, 4294967295) > 2147483648, 1,
        greatest(1, bitAnd(toInt64(arrival) - lsr - dlsr, 4294967295) * 1000 / 65536)));
