-- Loss by sequence numbers as RFC 3550 (A.1, A.3) counts it: (received, expected, lost, highest) of some packets in the
-- order of arrival. sequence: RTP sequence numbers, 16 bits that wrap. dropout: after a jump of more (3000 in A.1) a packet
-- counts only where the next one follows on it, and with it the count starts again. Repeats count as received, so lost
-- may be negative; highest has the wraps in its upper bits, since the latest start. No packets: lost and highest are NULL.
CREATE FUNCTION IF NOT EXISTS rtc_packet_loss_v1 AS (sequence, dropout) ->
    arrayMap(valid -> arrayMap(runs -> CAST((
                arraySum(run -> run.2, runs),
                arraySum(run -> run.3, runs),
                if(empty(runs), NULL, arraySum(run -> run.3 - run.2, runs)),
                if(empty(runs), NULL, runs[-1].1 + runs[-1].3 - 1)),
                'Tuple(received Int64, expected Int64, lost Nullable(Int64), highest Nullable(Int64))'),
            [arrayMap(
                run -> (run[1].1, toInt64(length(run)), arrayMax(arrayCumSum(arrayPushFront(arrayPopFront(run.2), 0))) + 1),
                arrayFilter(run -> notEmpty(run), arraySplit(
                    one -> abs(one.2) > dropout,
                    arrayMap(
                        (number, before) -> (number, bitAnd(number - before + 32768, 65535) - 32768),
                        valid, arrayPopBack(arrayPushFront(valid, valid[1]))))))])[1],
        [arrayFilter(
            (number, before, following) -> bitAnd(toInt64(following) - number, 65535) = 1 OR abs(bitAnd(number - before + 32768, 65535) - 32768) <= dropout,
            arrayMap(number -> toInt64(number), sequence),
            arrayPopBack(arrayPushFront(sequence, sequence[1])),
            arrayPopFront(arrayPushBack(sequence, 0)))])[1];
