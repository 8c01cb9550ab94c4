-- Bursts and gaps of RFC 3611 (4.7.2): (bursts, burst_packets, burst_lost, gaps, gap_packets, gap_lost) of a run of packets,
-- which good ones are taken to be before and after. packets: a letter each, 1 where it was received, else lost (0) or
-- discarded (X). gmin: so many received packets in a row end a burst, 16 as the RFC has it. A burst begins and ends with a
-- lost packet and has two or more; all others are of gaps. Density: rtc_ratio_v1(burst_lost, burst_packets).
CREATE FUNCTION IF NOT EXISTS rtc_bursts_v1 AS (packets, gmin) ->
    arrayMap(lost -> arrayMap(runs -> CAST((
                length(runs),
                arraySum(run -> run[-1] - run[1] + 1, runs),
                arraySum(run -> length(run), runs),
                if(empty(packets), 0, length(runs) + 1 - has(runs[1], 1) - has(runs[-1], length(packets))),
                length(packets) - arraySum(run -> run[-1] - run[1] + 1, runs),
                length(lost) - arraySum(run -> length(run), runs)),
                'Tuple(bursts UInt64, burst_packets Int64, burst_lost Int64, gaps Int64, gap_packets Int64, gap_lost Int64)'),
            [arrayFilter(run -> length(run) > 1, arraySplit(
                (place, before) -> place - before > gmin, lost, arrayPopBack(arrayPushFront(lost, 0))))])[1],
        [arrayFilter(place -> substring(packets, place, 1) != '1', range(1, length(packets) + 1))])[1];
