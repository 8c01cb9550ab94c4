-- Of which sessions is a report? It stands in a WHERE, of any table with the circumstances.
-- grain: none of its own. An application counts with any version where none is said; a tag is of the batches, which are kept as
-- long as raw rows. parameters: project; room, session, app, browser, os, network_type, country, region, node, tag, tag_value
-- ('' = all)
project = {project:String}
  AND ({room:String} = '' OR room = {room:String}) AND ({session:String} = '' OR session = {session:String})
  AND ({app:String} = '' OR app = {app:String} OR startsWith(app, concat({app:String}, '/')))
  AND ({browser:String} = '' OR browser = {browser:String}) AND ({os:String} = '' OR os = {os:String})
  AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
  AND ({node:String} = '' OR node = {node:String})
  AND ({tag:String} = '' OR session IN (
    SELECT session FROM batches
    WHERE {tag:String} != '' AND project = {project:String} AND outcome = 'stored'
      AND JSONExtractString(tags, {tag:String}) = {tag_value:String}))
