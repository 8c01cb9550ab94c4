"""What a foreign format is to the collector: who sends, and what batches its bodies become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from collector.sender import Keys
from schemas.batch import Batch


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request to `/v1/sources/NAME...`.

    Args:
        body: plain bytes, at most the collector's limit.
        headers: names in lower case.
        query: the last value of each name.
        path: what follows the source's name, without slashes at its ends.
        received_ms: the collector's clock, ms since the Unix epoch.
        key: of `Authorization: Bearer` or `?key=`, empty where none was sent.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    received_ms: int = 0
    key: str = ""


class Source(Protocol):
    """A translator. It keeps no state between deliveries: the same body gives the same batches, repeats included."""

    name: str
    """In the address, and in the header `source` of its messages."""

    def project(self, delivery: Delivery, keys: Keys) -> str:
        """Return whose delivery it is, before anything of the body is believed.

        Raises:
            Refused: nobody knows who sends it.
        """

    def batches(self, delivery: Delivery) -> Sequence[Batch]:
        """Translate; each batch has an `origin_id` by which a repeat is known. None where it says nothing of use.

        Raises:
            Refused: it cannot be read, with the place.
        """
