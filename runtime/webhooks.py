"""Signed webhooks, by the Standard Webhooks specification 1.0.0 (standardwebhooks.com), symmetric signatures.

A receiver computes HMAC-SHA-256 over `webhook-id.webhook-timestamp.body` with the secret that it shares with us, and
compares its base64 with what stands behind `v1,` in `webhook-signature`. A retry has the same id.
"""

import base64
import hashlib
import hmac
import time


def signed(secret: bytes, identity: str, body: bytes) -> dict[str, str]:
    """Return the headers that say which message a body is, when it was sent (epoch s), and that we sent it."""
    moment = str(int(time.time()))
    content = b".".join((identity.encode(), moment.encode(), body))
    signature = base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
    return {"webhook-id": identity, "webhook-timestamp": moment, "webhook-signature": f"v1,{signature}"}
