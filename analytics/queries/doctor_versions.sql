-- Which engine is this, and how many migrations were applied?
-- grain: one row. No parameters
SELECT version() AS engine, uniqExact(number) AS migrations FROM migrations
