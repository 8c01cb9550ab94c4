-- Question: which settings does a statement run under? system.settings without the one that holds projects apart.
-- Grain: a setting.
-- Parameters: changeable, those that a client may send; all others are fixed.
SELECT
    name,
    value,
    changed,
    description,
    min,
    max,
    toUInt8(NOT has({changeable:Array(String)}, name)) AS readonly,
    type,
    default,
    alias_for,
    is_obsolete
FROM system.settings
WHERE name != 'additional_table_filters'
