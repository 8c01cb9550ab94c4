-- Question: which tables are there? system.tables with what people may see: neither paths nor counts.
-- One that has no path is a remote table to clients, so there is one without a name.
-- Grain: a table.
-- Parameters: tables, those that may be read; described and descriptions, the meaning of a row of each.
SELECT
    database,
    name,
    name AS table,
    uuid,
    engine,
    is_temporary,
    [''] AS data_paths,
    '' AS metadata_path,
    metadata_modification_time,
    [] :: Array(String) AS dependencies_database,
    [] :: Array(String) AS dependencies_table,
    '' AS create_table_query,
    engine AS engine_full,
    '' AS as_select,
    partition_key,
    sorting_key,
    primary_key,
    sampling_key,
    '' AS storage_policy,
    NULL :: Nullable(UInt64) AS total_rows,
    NULL :: Nullable(UInt64) AS total_bytes,
    transform(name, {described:Array(String)}, {descriptions:Array(String)}, '') AS comment,
    has_own_data
FROM system.tables
WHERE database = currentDatabase() AND has({tables:Array(String)}, name)
