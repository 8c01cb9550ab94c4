"""Errors as ClickHouse's HTTP interface says them: a status, a header with the code, one line of text."""

import re
from typing import Final

from schemas.errors import NotAllowed, RtcpulseError, StoreRejected, StoreUnavailable

CODE_HEADER: Final = "X-ClickHouse-Exception-Code"
_NAMED: Final = re.compile(r"\([A-Z][A-Z0-9_]+\)")
_NAMES: Final = {
    36: "BAD_ARGUMENTS",
    48: "NOT_IMPLEMENTED",
    62: "SYNTAX_ERROR",
    81: "UNKNOWN_DATABASE",
    89: "UNKNOWN_COMPRESSION_METHOD",
    131: "TOO_LARGE_STRING_SIZE",
    159: "TIMEOUT_EXCEEDED",
    164: "READONLY",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    210: "NETWORK_ERROR",
    271: "CANNOT_DECOMPRESS",
    306: "TOO_DEEP_RECURSION",
    373: "SESSION_IS_LOCKED",
    396: "TOO_MANY_ROWS_OR_BYTES",
    497: "ACCESS_DENIED",
    516: "AUTHENTICATION_FAILED",
    1002: "UNKNOWN_EXCEPTION",
}
_STATUS: Final = {
    **dict.fromkeys((6, 27, 36, 41, 42, 43, 44, 45, 46, 47, 53, 62, 70, 72, 215, 349, 386, 456, 457), 400),
    **dict.fromkeys((60, 81), 404),
    **dict.fromkeys((164, 497), 403),
    48: 501,
    202: 429,
    210: 503,
    516: 401,
}


class Refusal(Exception):
    """What is answered instead of rows.

    Attributes:
        status: of HTTP.
        code: ClickHouse's.
        sentence: in one line.
    """

    def __init__(self, code: int, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status or _STATUS.get(code, 500)

    @property
    def line(self) -> str:
        """The body of the answer."""
        sentence = self.sentence.removeprefix(f"Code: {self.code}. ").removeprefix("DB::Exception: ")
        named = "" if _NAMED.search(sentence) else f". ({_NAMES.get(self.code, 'UNKNOWN_EXCEPTION')})"
        return f"Code: {self.code}. DB::Exception: {sentence.rstrip()}{named}\n"


def refusal_of(error: RtcpulseError) -> Refusal:
    """Return what to answer for an error of ours."""
    if isinstance(error, NotAllowed | StoreRejected):
        return Refusal(error.code or 1002, str(error))
    if isinstance(error, StoreUnavailable) and error.code:
        return Refusal(error.code, str(error), 500)  # clients send again after 503, and would run into it again
    return Refusal(210, str(error))
