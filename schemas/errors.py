"""The error tree. Adapters translate their driver's errors into it at the edge; bad data is a value, not an error.

RtcpulseError
├── ConfigurationError      a setting is unknown, wrong, or missing: the process does not start
│   └── LogBusy             another process writes the SQLite log
├── Transient               the same call may succeed later: wait and retry
│   ├── LogUnavailable      the log cannot be reached or written now
│   ├── LogFull             the log is at its budget: unread messages are never deleted
│   ├── StoreUnavailable    the store cannot be reached, is busy, or is out of memory or disk
│   └── CollectorUnreachable  no collector answers
├── StoreRejected           the store refused the statement or the rows: a retry gives the same answer
│   └── NotAllowed          a person's statement does what they may not; nothing of it was run
├── StoreBusy               another process owns the embedded store's directory
├── LogMismatch             the log is not the one whose rows are stored (recreated, truncated, or altered)
├── MalformedPacket         an RTP or RTCP packet that breaks its format
├── UnreadableRecording     a file that is to be imported cannot be read or is of no format that is known
└── Refused                 a push that is refused; carries a `schemas.reasons.Reason`
"""

from schemas.reasons import Reason


class RtcpulseError(Exception):
    """The root: whatever rtcpulse raises on purpose."""


class ConfigurationError(RtcpulseError):
    """A setting is unknown, wrong, or missing. The message is a sentence that names it."""


class LogBusy(ConfigurationError):
    """Another process writes the SQLite log; one at a time can."""


class Transient(RtcpulseError):
    """The same call may succeed later."""


class LogUnavailable(Transient):
    """The log cannot be reached or written now."""


class LogFull(Transient):
    """The log is at its budget; unread messages are never deleted to make room."""


class StoreUnavailable(Transient):
    """The store cannot be reached, is busy, or is out of memory or disk.

    Attributes:
        code: the engine's, None where it gave none.
    """

    code: int | None = None


class CollectorUnreachable(Transient):
    """No collector answers at the address that was given."""


class StoreRejected(RtcpulseError):
    """The store refused the statement or the rows; a retry gives the same answer.

    Attributes:
        code: the engine's, None where it gave none.
    """

    code: int | None = None


class NotAllowed(StoreRejected):
    """A person's statement does what people's statements may not; nothing of it was run. The sentence says what."""


class StoreBusy(RtcpulseError):
    """Another process owns the embedded store's directory."""


class MalformedPacket(RtcpulseError):
    """An RTP or RTCP packet breaks its format, or is encrypted. The sentence says where."""


class UnreadableRecording(RtcpulseError):
    """A file that is to be imported cannot be read, or is of no known format. The sentence says where."""


class LogMismatch(RtcpulseError):
    """The log is not the one whose rows are stored: recreated, truncated, or altered."""


class Refused(RtcpulseError):
    """A push that is refused.

    Attributes:
        reason: why, from the closed list.
        detail: one sentence for the sender: what was wrong and where.
        retry_after_s: seconds until a retry may succeed; None where a retry is of no use.
    """

    def __init__(self, reason: Reason, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retry_after_s = retry_after_s
