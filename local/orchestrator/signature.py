"""How Orchestrator signs a delivery (docs.uipath.com, "About webhooks")."""

import base64
import hashlib
import hmac

SIGNATURE_HEADER = "X-UiPath-Signature"


def signature(body: bytes, secret: str) -> str:
    """Return the standard Base64 of the HMAC-SHA256 over the raw body, keyed with the secret's UTF-8 bytes."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode("ascii")
