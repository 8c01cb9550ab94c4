"""LiveKit's webhooks: `POST /v1/sources/livekit`, from a server that is as it came.

`Authorization` is a JWT that the server's API secret signs (HS256), with the hash of the body in it and a life of five
minutes: what is older is refused, and what is sent again within them is known by its id as a repeat.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from collector.sender import Keys
from collector.signed import signer_of, verified
from collector.signers import Signers
from collector.sources.livekitwebhooks import translated
from collector.sources.source import Delivery
from schemas.batch import Batch
from schemas.errors import Refused
from schemas.reasons import Reason


class Livekit:
    """The translator.

    Args:
        signers: the API keys of the servers, with their projects.
    """

    name = "livekit"

    def __init__(self, signers: Signers) -> None:
        self._signers = signers

    def project(self, delivery: Delivery, keys: Keys) -> str:  # noqa: ARG002 - the port's; the API key says it here
        """Return the project of the API key that signed this body.

        Raises:
            Refused: MISSING_KEY, UNKNOWN_KEY, BAD_TOKEN, BAD_SIGNATURE, EXPIRED or NOT_YET_VALID.
        """
        signer, claims = verified(_token(delivery), self._signers, delivery.received_ms)
        if not signer.livekit:
            raise Refused(Reason.UNKNOWN_KEY, "the key that the token names is no API key of a LiveKit server's")
        if not claims.sha256:
            raise Refused(Reason.BAD_TOKEN, "the token is of no body: it has no `sha256`")
        digest = base64.b64encode(hashlib.sha256(delivery.body).digest())
        if not hmac.compare_digest(digest, claims.sha256.encode()):
            raise Refused(Reason.BAD_SIGNATURE, "the body is not the one that was signed")
        return signer.project

    def batches(self, delivery: Delivery) -> Sequence[Batch]:
        """Translate one webhook.

        Raises:
            Refused: it cannot be read, with the place.
        """
        return translated(delivery.body, f"livekit/{signer_of(_token(delivery), self._signers).name}")


def _token(delivery: Delivery) -> str:
    """Return the token; the servers send it bare, and a proxy may have put `Bearer` before it."""
    words = delivery.headers.get("authorization", "").split()
    if len(words) == 2 and words[0].lower() == "bearer":
        words = words[1:]
    if len(words) != 1:
        raise Refused(Reason.MISSING_KEY, "a webhook of LiveKit's has its token in the header Authorization")
    return words[0]
