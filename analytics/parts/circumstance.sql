-- The branches of a multiIf that give a row's value of what `group` names.
-- grain: none of its own, a row of the statement around it
-- parameters: group
{group:String} = 'network', if(asn != 0, concat('AS', toString(asn)), prefix), {group:String} = 'network_type', toString(network_type),
                {group:String} = 'app', toString(app), {group:String} = 'browser', toString(browser), {group:String} = 'os', toString(os),
                {group:String} = 'country', toString(country), {group:String} = 'region', toString(region), {group:String} = 'node', toString(node),
                {group:String} = 'room', room, ''
