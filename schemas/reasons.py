"""The closed lists: why a push is refused, why a message or a sample is not stored, how a batch ended.

A refusal is answered to the sender as an RFC 9457 problem document whose `type` is the reason. A dead letter was
acknowledged and could not be turned into rows. A dropped sample is left out of a batch whose other rows are stored.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a push is refused. The HTTP status of each is in `STATUS`."""

    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    TOO_DEEP = "too_deep"
    BAD_GZIP = "bad_gzip"
    BAD_SHAPE = "bad_shape"
    UNSUPPORTED_VERSION = "unsupported_version"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    UNKNOWN_KEY = "unknown_key"
    MISSING_KEY = "missing_key"
    BAD_TOKEN = "bad_token"  # noqa: S105 - it is none
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    NO_PERMISSION = "no_permission"
    UNKNOWN_SOURCE = "unknown_source"
    TOO_LARGE = "too_large"
    TOO_LARGE_UNPACKED = "too_large_unpacked"
    TOO_MANY_SAMPLES = "too_many_samples"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    TOO_SLOW = "too_slow"
    RATE_LIMITED = "rate_limited"
    LOG_UNAVAILABLE = "log_unavailable"
    LOG_FULL = "log_full"
    OVERLOADED = "overloaded"
    INTERNAL = "internal"


STATUS: dict[Reason, int] = {
    Reason.NOT_JSON: 400,
    Reason.NOT_UTF8: 400,
    Reason.TOO_DEEP: 400,
    Reason.BAD_GZIP: 400,
    Reason.BAD_SHAPE: 422,
    Reason.UNSUPPORTED_VERSION: 422,
    Reason.UNSUPPORTED_ENCODING: 415,
    Reason.UNKNOWN_KEY: 401,
    Reason.MISSING_KEY: 401,
    Reason.BAD_TOKEN: 401,
    Reason.BAD_SIGNATURE: 401,
    Reason.EXPIRED: 401,
    Reason.NOT_YET_VALID: 401,
    Reason.NO_PERMISSION: 403,
    Reason.UNKNOWN_SOURCE: 404,
    Reason.TOO_LARGE: 413,
    Reason.TOO_LARGE_UNPACKED: 413,
    Reason.TOO_MANY_SAMPLES: 413,
    Reason.TOO_OLD: 422,
    Reason.TOO_NEW: 422,
    Reason.TOO_SLOW: 408,
    Reason.RATE_LIMITED: 429,
    Reason.LOG_UNAVAILABLE: 503,
    Reason.LOG_FULL: 503,
    Reason.OVERLOADED: 503,
    Reason.INTERNAL: 503,
}


class DeadLetter(StrEnum):
    """Why an acknowledged message is in `dead_letters` and not in the tables."""

    UNDECODABLE = "undecodable"
    BAD_SHAPE = "bad_shape"
    BAD_HEADERS = "bad_headers"
    CONFLICTING_BODY = "conflicting_body"
    OUR_FAULT = "our_fault"


class Dropped(StrEnum):
    """Why samples of a stored batch were left out; counted in its `batches` row."""

    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    NO_TIME_STEP = "no_time_step"


class Outcome(StrEnum):
    """How a log position ended; every position has exactly one row in `batches`."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    DEAD_LETTER = "dead_letter"
