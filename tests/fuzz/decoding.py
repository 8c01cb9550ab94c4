"""The decoders under coverage-guided fuzzing, as a program of its own: libFuzzer ends the process that it runs in.

    python -m tests.fuzz.decoding -runs=N -seed=S FOLDER

A body is admitted or refused, decoded or not; what the collector lets in, ingest can read. Anything else is a crash,
with the bytes that made it in a file. Half of the mutations are of bytes, half of the JSON value that they are.
"""

import gzip
import json
import random
import sys
from typing import Final

import atheris

with atheris.instrument_imports(include=["collector", "ingest", "schemas"]):
    from collector.admit import Limits, admit
    from collector.scrub import scrub
    from ingest.decode import Undecodable, decode, unpacked
    from schemas.errors import Refused

from tests.fuzz.bodies import MEMBERS, SCALARS, SHAPES, mutated
from tests.ingest.running import RECEIVED

LIMITS: Final = Limits()
HOWS: Final = ("replace", "take away", "double", "add", "fill")


def decoded(body: bytes) -> None:
    """Decode one body as the collector does, then as ingest does with whatever stands in its log.

    Raises:
        Undecodable: ingest cannot read what the collector lets in.
    """
    try:
        plain = admit(body, LIMITS, received_ms=RECEIVED, sent_ms=None).plain
        logged = scrub(plain) or plain
    except Refused:
        try:
            decode(unpacked(body))
        except Undecodable:
            return
    else:
        decode(logged)


def unlike(body: bytes, size_max: int, seed: int) -> bytes:
    """Return a body of which bytes, or parts of its JSON value, are others; in gzip now and then."""
    chance = random.Random(seed)
    try:
        plain = unpacked(body)
    except Undecodable:
        return bytes(atheris.Mutate(body, size_max))
    try:
        changed = _other_value(plain, chance) if chance.random() < 0.5 else atheris.Mutate(plain, size_max)
    except (ValueError, RecursionError):
        changed = atheris.Mutate(plain, size_max)
    return bytes(gzip.compress(changed, 1, mtime=0) if chance.random() < 0.05 else changed)[:size_max]


def _other_value(plain: bytes, chance: random.Random) -> bytes:
    odd = chance.choice((*SCALARS, *SHAPES, *MEMBERS))
    return json.dumps(mutated(json.loads(plain), [(chance.randrange(2000), chance.choice(HOWS), odd)])).encode()


if __name__ == "__main__":
    atheris.Setup(sys.argv, decoded, custom_mutator=unlike)
    atheris.Fuzz()
