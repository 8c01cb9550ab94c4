-- How far have the jobs come? It grows with every round that had something to do.
-- grain: one row. Parameters: none
SELECT max(version) AS version FROM cursors
