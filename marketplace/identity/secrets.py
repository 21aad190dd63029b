"""Secrets: made from 256 random bits, shown once, kept as SHA-256.

A slow password hash would add nothing: nobody can guess 256 bits. Codes that people type are short and are therefore
guarded by a count of attempts and a short life, not by the hash.
"""

import hashlib
import secrets

KEY_PREFIX = "pwk_"
CODE_LENGTH = 8
# Without the letters and digits that look alike or form words.
_CODE_ALPHABET = "23456789CFGHJMPQRVWX"


def new_secret(prefix: str = "") -> str:
    """A new secret of 43 characters after its prefix."""
    return prefix + secrets.token_urlsafe(32)


def new_code() -> str:
    """A new code for a person to type: eight characters, about 34 bits."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """The code in two groups, as it is mailed."""
    half = CODE_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def typed_code(text: str) -> str:
    """The code as a person typed it, without groups, spaces and case."""
    return "".join(character for character in text.upper() if character.isalnum())


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
