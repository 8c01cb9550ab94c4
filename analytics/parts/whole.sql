-- To which session does a row's session belong?
-- grain: none of its own, an expression over `project` and `session` of the row
-- parameters: linked: project and session of each that has a link, a line break between; canonicals: where each belongs
transform(concat(project, '\n', session), {linked:Array(String)}, {canonicals:Array(String)}, session)
