"""The job of the minutes as an incremental rollup would do it: right as long as no round is done twice."""

from collections.abc import Sequence
from typing import Final

_RAW: Final = "FROM stream_samples\n    WHERE "
_NEW: Final = """log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
              AND log_offset > {after:Int64} AND log_offset <= {upto:Int64} AND """
_FORGET: Final = "DROP TABLE IF EXISTS stood"
_STOOD: Final = """
CREATE TABLE stood ENGINE = Memory AS
SELECT project, session, stream, minute, samples AS s, packets AS p, packets_lost AS l
FROM stream_minutes FINAL WHERE deleted = 0
"""
_ADD: Final = """
INSERT INTO stream_minutes
SELECT n.* REPLACE (n.samples + s AS samples, n.packets + p AS packets, n.packets_lost + l AS packets_lost)
FROM (SELECT * FROM stream_minutes FINAL WHERE version = {version:UInt64}) AS n
INNER JOIN stood ON stood.project = n.project AND stood.session = n.session AND stood.stream = n.stream
    AND stood.minute = n.minute
"""


def of(job: str) -> Sequence[str]:
    """Return the statements: remember what stands, compute new rows alone, add the two.

    Raises:
        ValueError: the job's text has changed, so that this does not fit it any more.
    """
    if job.count(_RAW) != 1:
        raise ValueError("the job of the minutes reads its rows otherwise than this expects")
    return [_FORGET, _STOOD, job.replace(_RAW, _RAW + _NEW), _ADD]
