-- Under which circumstances was a session, by the latest batches that say so?
-- grain: the group of the statement around it, which stands on rows of `batches` called `said`, with is_client, is_server (by role)
-- and `place`, by which later ones are greater. What a client says of itself, and from where it sent, goes before what others say
-- of its session; the media server and its region are those that a server says, if any does. What nobody says wipes nothing
-- out; an address's prefix, country and ASN are of one batch. parameters: none
        argMaxIf(said.app, (is_client, place), said.app != '') AS app, argMaxIf(said.browser, (is_client, place), said.browser != '') AS browser,
        argMaxIf(said.os, (is_client, place), said.os != '') AS os,
        argMaxIf(said.network_type, (is_client, place), said.network_type != '') AS network_type,
        tupleElement(argMaxIf((said.prefix, said.country, said.asn), (is_client, place),
            said.prefix != '' OR said.country != '' OR said.asn != 0) AS sender, 1) AS prefix, sender.2 AS country, sender.3 AS asn,
        argMaxIf(said.region, (is_server, place), said.region != '') AS region, argMaxIf(said.node, (is_server, place), said.node != '') AS node
