-- Which incidents does a page look at? It stands after WHERE in a statement on `incidents`.
-- grain: none of its own, a row of that table
-- parameters: project; since, until (epoch s); app, browser, os, network_type, country, region, room, cause, side, severity, node, asn
-- (a number), prefix (of the network), text: a piece of an id or of the evidence ('' = all)
project = {project:String}
  AND began <= fromUnixTimestamp({until:Int64}) AND ended >= fromUnixTimestamp({since:Int64})
  AND ({app:String} = '' OR app = {app:String}) AND ({browser:String} = '' OR browser = {browser:String})
  AND ({os:String} = '' OR os = {os:String}) AND ({network_type:String} = '' OR network_type = {network_type:String})
  AND ({country:String} = '' OR country = {country:String}) AND ({region:String} = '' OR region = {region:String})
  AND ({room:String} = '' OR room = {room:String}) AND ({node:String} = '' OR node = {node:String})
  AND ({asn:String} = '' OR toString(asn) = {asn:String}) AND ({prefix:String} = '' OR prefix = {prefix:String})
  AND ({cause:String} = '' OR cause = {cause:String}) AND ({side:String} = '' OR side = {side:String})
  AND ({severity:String} = '' OR severity = {severity:String})
  AND ({text:String} = '' OR positionCaseInsensitiveUTF8(
      concat(incident, '\n', session, '\n', room, '\n', participant, '\n', arrayStringConcat(evidence, '\n')), {text:String}) > 0)
