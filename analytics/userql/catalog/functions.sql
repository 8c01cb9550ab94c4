-- Question: which functions may a statement call?
-- Grain: a function.
-- Parameters: functions, their names in lower case; own ones begin with rtc_.
SELECT
    name,
    is_aggregate,
    case_insensitive,
    alias_to,
    '' AS create_query,
    origin,
    description,
    syntax,
    arguments,
    returned_value,
    examples,
    introduced_in,
    categories
FROM system.functions
WHERE has({functions:Array(String)}, lower(name)) OR startsWith(name, 'rtc_')
