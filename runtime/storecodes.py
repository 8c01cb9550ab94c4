"""What the engine's error codes mean to us: which call may succeed later, which never will. Both adapters ask here."""

from typing import Final

from schemas.errors import StoreRejected, StoreUnavailable

# A lack of memory, disk, time or connections; a statement that was killed; a replica or Keeper that is away.
TRANSIENT_CODES: Final = frozenset(
    {
        *(159, 202, 209, 210, 241, 243, 252, 319, 394, 425, 439, 473),
        *(198, 225, 236, 242, 279, 285, 286, 999),
    }
)


def translated(code: int | None, message: str) -> StoreRejected | StoreUnavailable:
    """Return the error of ours for an error of the engine's.

    Args:
        code: the engine's; None where it gave none.
        message: its sentence.
    """
    error = StoreUnavailable(message) if code in TRANSIENT_CODES else StoreRejected(message)
    error.code = code
    return error
