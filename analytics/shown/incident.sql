-- How is an incident stored?
-- grain: one row. Parameters: project, incident
SELECT began, ended, degraded_ms, severity, cause, side, rule, symptoms, streams, evidence
FROM incidents FINAL
WHERE project = {project:String} AND incident = {incident:String}
