-- How likely it is by chance that `hit` or more of `here` sessions are among the `struck` of `all`: the upper tail of the
-- hypergeometric distribution (Fisher's exact test, one-sided). From 0 to 1; 1 where there is nothing to compare with.
CREATE FUNCTION IF NOT EXISTS rtc_by_chance_v1 AS (hit, here, struck, total) ->
    least(1, arraySum(k -> exp(
        lgamma(struck + 1) - lgamma(k + 1) - lgamma(struck - k + 1)
        + lgamma(total - struck + 1) - lgamma(here - k + 1) - lgamma(total - struck - here + k + 1)
        - lgamma(total + 1) + lgamma(here + 1) + lgamma(total - here + 1)),
        range(toUInt64(greatest(toInt64(hit), toInt64(here) + toInt64(struck) - toInt64(total), 0)), toUInt64(least(here, struck)) + 1)));
