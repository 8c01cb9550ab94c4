-- Which engine is this, and how many migrations were applied?
-- grain: one row. Parameters: none
SELECT version() AS engine, uniqExact(number) AS migrations FROM migrations
