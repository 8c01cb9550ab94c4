-- Question: which databases are there? The one with the tables.
-- Grain: a database.
SELECT
    name,
    engine,
    '' AS data_path,
    '' AS metadata_path,
    uuid,
    engine AS engine_full,
    'calls and their quality, as rtcpulse stores them' AS comment
FROM system.databases
WHERE name = currentDatabase()
