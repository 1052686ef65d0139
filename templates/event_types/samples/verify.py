import base64
import hashlib
import hmac
import time


def is_genuine(secret_key: str, headers: dict[str, str], body: bytes) -> bool:
    """secret_key: whsec_...; headers: with lower-case names; body: the raw bytes, before any parsing."""
    timestamp = headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret_key.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
    right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return any(hmac.compare_digest(right, given) for given in headers["webhook-signature"].split())
