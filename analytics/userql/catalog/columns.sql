-- Question: which columns do the tables have? system.columns with what people may see: no sizes.
-- Grain: a column.
-- Parameters: tables, those that may be read; columns (TABLE.COLUMN) and meanings, what a value of each says.
SELECT
    database,
    table,
    name,
    type,
    position,
    default_kind,
    default_expression,
    toUInt64(0) AS data_compressed_bytes,
    toUInt64(0) AS data_uncompressed_bytes,
    toUInt64(0) AS marks_bytes,
    transform(concat(table, '.', name), {columns:Array(String)}, {meanings:Array(String)}, '') AS comment,
    is_in_partition_key,
    is_in_sorting_key,
    is_in_primary_key,
    is_in_sampling_key,
    compression_codec,
    character_octet_length,
    numeric_precision,
    numeric_precision_radix,
    numeric_scale,
    datetime_precision
FROM system.columns
WHERE database = currentDatabase() AND has({tables:Array(String)}, table)
