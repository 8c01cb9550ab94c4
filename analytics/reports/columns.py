"""The columns of the reports' tables: name, kind and title, a column a line."""

from typing import Final, cast

from analytics.reports.model import Column, Kind


def columns(text: str) -> tuple[Column, ...]:
    """Return the columns of a text with `name kind title` a line."""
    found = (line.split(maxsplit=2) for line in text.strip().splitlines())
    return tuple(Column(name, title, cast("Kind", kind)) for name, kind, title in found)


TREND: Final = columns("""
    t_ms              moment  Begin
    sessions          count   Sessions
    minutes           count   Minutes
    known_minutes     count   Known
    affected_minutes  count   Affected
    affected_share    ratio   Share
    loss_p95          ratio   Loss p95
    rtt_p95           ms      Round trip p95
    jitter_p95        ms      Jitter p95
""")
INCIDENTS: Final = columns("""
    began_ms     moment   Began
    severity     text     Severity
    room         text     Room
    participant  text     Participant
    cause_told   text     Cause
    side_told    text     Side
    degraded_ms  minutes  Degraded
    seen         text     What was seen
""")
CAUSES: Final = columns("""
    cause_told        text     Cause
    side_told         text     Side
    incidents_now     count    Incidents
    incidents_before  count    Before
    sessions          count    Sessions
    degraded_now_ms   minutes  Degraded
    critical          count    Critical
    major             count    Major
    minor             count    Minor
""")
ROOMS: Final = columns("""
    room               text    Room
    affected_minutes   count   Affected
    known_minutes      count   Known
    minutes            count   Minutes
    affected_share     ratio   Share
    share_change       points  Change
    affected_sessions  count   Sessions affected
    sessions           count   Sessions
    lost               ratio   Loss
    rtt                ms      Round trip
""")
CIRCUMSTANCES: Final = columns("""
    circumstance      text    Circumstance
    value             text    Value
    affected_minutes  count   Affected
    known_minutes     count   Known
    minutes           count   Minutes
    affected_share    ratio   Share
    share_before      ratio   Before
    share_change      points  Change
""")
VERDICTS: Final = columns("""
    title            text   Definition
    media            text   Kind
    way              text   Direction
    poor_streams     count  Poor
    judged_streams   count  Judged
    unknown_streams  count  Unknown
    streams          count  Streams
    poor_share       ratio  Poor share
""")
SCORES: Final = columns("""
    way             text   Direction
    scale           text   Scale
    scored_minutes  count  Scored
    audio_minutes   count  Minutes of audio
    mean_now        score  Mean MOS
    p10_now         score  Worst tenth, up to
    mean_before     score  Mean before
""")
JOINING: Final = columns("""
    what    text   What
    now     count  Now
    share   ratio  Of sessions
    before  count  Before
""")
PEOPLE: Final = columns("""
    participant_name  text    Participant
    application       text    Application
    browser_told      text    Browser
    network_told      text    Network
    began_ms          moment  Began
    ending_told       text    Ended
    affected_minutes  count   Affected
    known_minutes     count   Known
    minutes           count   Minutes
    affected_share    ratio   Share
    lost              ratio   Loss
    rtt               ms      Round trip
    jitter            ms      Jitter
    session           text    Session
""")
MADE_WITH: Final = columns("""
    what   text  What
    value  text  Value
""")
EVENTS: Final = columns("""
    t_ms   moment  At
    event  text    Event
    value  text    Value
    pc     text    Connection
""")
RADIUS: Final = columns("""
    circumstance    text   Circumstance
    value           text   Value
    sessions        count  Share it
    degraded        count  Degraded
    other_sessions  count  Do not
    other_degraded  count  Degraded
    by_chance       ratio  By chance
""")
