"""The tables by which a client's session and what servers saw of it are one. Analytics writes them, as all derived."""

from schemas.tables.column import Table, columns
from schemas.tables.derived import VERSION

SESSION_REFS = Table(
    "session_refs",
    "one name that a session says another system has for it, its `refs`",
    columns("""
    project    LowCardinality(String)  from the key
    system     LowCardinality(String)  livekit, janus, ...
    field      LowCardinality(String)  sid, identity, room, opaque_id, ...
    value      String                  the name
    session    String                  the session's id
    is_client  UInt8                   1: its own end said it; 0: a server did
    measures   UInt8                   1: it has samples
    first_t    DateTime64(3,'UTC')     first thing known of the session
    last_t     DateTime64(3,'UTC')     last thing known of it
    refs       Array(String)           all `refs` that it ever had, JSON
    """)
    + VERSION,
)

SESSION_LINKS = Table(
    "session_links",
    "one session that has `refs`, and the session that it belongs to",
    columns("""
    project    LowCardinality(String)         from the key
    session    String                         the session's id
    canonical  String                         whose row in `sessions` it is part of; its own id where it is none
    system     LowCardinality(String)         whose names agree
    field      LowCardinality(String)         which: sid, opaque_id, identity; reconnect: it goes on from the one before
    nth        UInt16                         how many presences of the person there came before
    until      Nullable(DateTime64(3,'UTC'))  it was over by then, and no goodbye came
    over       LowCardinality(String)         what says so: rejoined (the person joined again), room_finished
    measures   UInt8                          1: it has samples
    first_t    DateTime64(3,'UTC')            first thing known of it
    last_t     DateTime64(3,'UTC')            last thing known of it
    refs       Array(String)                  all `refs` that it ever had, JSON
    changed    UInt64                         the round in which it came to belong there; 0: it never belonged elsewhere
    """)
    + VERSION,
)
