"""What rules found: one row for each time in which an alert was pending or firing."""

from typing import Final

from schemas.tables.column import Table, columns
from schemas.tables.derived import VERSION

ALERTS: Final = Table(
    "alerts",
    "one time in which one alert (a rule and what it holds for) was pending or firing",
    columns("""
    project      LowCardinality(String)          whose data it is of
    fingerprint  String                          of its labels, as Alertmanager makes it
    active_at    DateTime('UTC')                 since when the expression holds, by the time of the data
    alert        LowCardinality(String)          the rule's name
    rule_group   LowCardinality(String)          the rule's group
    rule         LowCardinality(String)          which text of the rule it was
    state        LowCardinality(String)          pending, firing, resolved, or retracted: late data say it never fired
    fired_at     Nullable(DateTime('UTC'))       when it had held for the rule's `for`
    ended_at     Nullable(DateTime('UTC'))       when it no longer held, `keep_firing_for` after that
    noticed      Nullable(DateTime64(3,'UTC'))  when it was first seen to fire, by the clock
    value        Float64                         the expression's last value at the row's last change of state
    worst        Float64                         the value furthest beyond the threshold until then
    flapping     UInt8                           1: it fired three times in 30 minutes, and is held on for ten more
    labels       String                          JSON object: what it is told apart by
    annotations  String                          JSON object: what it says
    """)
    + VERSION,
)
