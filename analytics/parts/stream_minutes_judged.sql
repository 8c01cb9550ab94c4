-- How was a minute of a stream, by the rule for a session's? Columns of stream_minutes: loss where 50 packets or more were expected.
-- grain: row of stream_minutes. parameters: none
        if(packets_expected >= 50, rtc_ratio_v1(greatest(packets_lost, 0), packets_expected), NULL) AS loss,
        rtt_sum_ms / nullIf(rtt_count, 0) AS rtt, if(direction = 'inbound', jitter_sum_ms / nullIf(jitter_count, 0), NULL) AS jitter,
        if(watched_ms = 0, NULL, least(1, freezes_s * 1000 / watched_ms)) AS freeze,
        concealed_samples / nullIf(audio_samples, 0) AS concealed,
        rtc_affected_v1(loss, rtt, jitter, freeze, concealed) AS is_bad,
        isNotNull(coalesce(loss, rtt, jitter, freeze, concealed)) AS is_known
