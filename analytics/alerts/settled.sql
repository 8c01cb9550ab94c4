-- Up to when is each rule settled, and what is remembered of its alerts?
-- grain: rule, alert ('': the rule). Parameters: none
SELECT rule, fingerprint, toInt64(toUnixTimestamp(settled)) AS settled, state, version FROM alert_states FINAL
