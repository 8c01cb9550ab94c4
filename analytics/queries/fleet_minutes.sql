-- How were the sessions' loss, round-trip time, jitter and bitrate spread in each minute?
-- grain: minute. Parameters: project; since, until (epoch s); app, browser, os, network_type, country, region ('' = all);
-- loss_poor, rtt_poor, jitter_poor: from where on a session's minute is poor
SELECT
    toInt64(toUnixTimestamp(minute)) * 1000 AS t_ms,
    sum(sessions) AS session_count, sum(affected) AS affected_count,
    arrayMap(x -> if(isNaN(x), NULL, x), [quantileExactArray(0.5)(losses), quantileExactArray(0.95)(losses)]) AS loss,
    arrayMap(x -> if(isNaN(x), NULL, x), [quantileExactArray(0.5)(rtts_ms), quantileExactArray(0.95)(rtts_ms)]) AS rtt_ms,
    arrayMap(x -> if(isNaN(x), NULL, x), [quantileExactArray(0.5)(jitters_ms), quantileExactArray(0.95)(jitters_ms)]) AS jitter_ms,
    arrayMap(x -> if(isNaN(x), NULL, x), [quantileExactArray(0.5)(bitrates_bps), quantileExactArray(0.05)(bitrates_bps)]) AS bitrate_bps,
    sum(arrayCount(x -> x > {loss_poor:Float64}, losses)) AS loss_affected, sum(length(losses)) AS loss_known,
    sum(arrayCount(x -> x > {rtt_poor:Float64}, rtts_ms)) AS rtt_affected, sum(length(rtts_ms)) AS rtt_known,
    sum(arrayCount(x -> x > {jitter_poor:Float64}, jitters_ms)) AS jitter_affected, sum(length(jitters_ms)) AS jitter_known,
    sum(length(bitrates_bps)) AS bitrate_known
FROM fleet_minutes FINAL
WHERE project = {project:String}
  AND minute >= fromUnixTimestamp({since:Int64}) AND minute <= fromUnixTimestamp({until:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
GROUP BY minute
ORDER BY minute
