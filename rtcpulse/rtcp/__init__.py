"""RTP and RTCP as they go over the wire, read by an observer who is neither end: packets to W3C stats objects."""
