"""Passwords, and the tokens that a login gives."""

from __future__ import annotations

import base64
import hashlib
import hmac


def digest(password: str, salt: bytes) -> bytes:
    """What is kept of a password."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def issue(email: str, key: str) -> str:
    """A token that says who its bearer is."""
    return f"{base64.urlsafe_b64encode(email.encode()).decode()}.{_signature(email, key)}"


def bearer(token: str, key: str) -> str | None:
    """The account that a token was issued for; nothing when it is not one of ours."""
    name, _, signature = token.partition(".")
    try:
        email = base64.urlsafe_b64decode(name).decode()
    except ValueError:
        return None
    return email if hmac.compare_digest(signature.encode(), _signature(email, key).encode()) else None


def _signature(email: str, key: str) -> str:
    return hmac.new(key.encode(), email.encode(), hashlib.sha256).hexdigest()
