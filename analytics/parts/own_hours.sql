-- In which hours is anything stored of the sessions of a round and of those that belong to them? It stands behind `IN`.
-- grain: (project, hour, session), as keys begin, so that of a table by the hour only their own hours are read, however much
-- is stored of others. parameters: own_projects, own_hours (epoch s), own_sessions: as evidence/hours.sql gives them
(SELECT (one.1, toDateTime(one.2, 'UTC'), one.3) FROM (
    SELECT arrayJoin(arrayZip({own_projects:Array(String)}, {own_hours:Array(Int64)}, {own_sessions:Array(String)})) AS one))
