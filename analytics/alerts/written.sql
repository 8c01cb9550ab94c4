-- Which is the highest version of what evaluators wrote?
-- grain: one row. Parameters: none
SELECT greatest((SELECT max(version) FROM alerts), (SELECT max(version) FROM alert_states)) AS version
