"""The file with the secret that signs requests and the key pair that signs sign-on tokens."""

import base64
import secrets
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from emulators import keyfile


class Keys(NamedTuple):
    secret: str
    sso_private_key: Ed25519PrivateKey

    @property
    def sso_public_key(self) -> str:
        """The public key as one line: its 32 bytes in base64."""
        return base64.b64encode(self.sso_private_key.public_key().public_bytes_raw()).decode()

    def as_settings(self) -> str:
        """The portal's settings as lines for a shell."""
        return f"SKOROZVON_SECRET={self.secret}\nSKOROZVON_SSO_PUBLIC_KEY={self.sso_public_key}\n"


def create(path: Path) -> None:
    """Make the file, readable by its owner only. One that is there stays as it is."""
    private_key = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    private_format, no_password = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    public_format = serialization.PublicFormat.SubjectPublicKeyInfo
    content = {
        "secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "sso_private_key": private_key.private_bytes(pem, private_format, no_password).decode(),
        "sso_public_key": private_key.public_key().public_bytes(pem, public_format).decode(),
    }
    keyfile.create(path, content)


def read(path: Path) -> Keys:
    content = keyfile.read(path)
    private_key = serialization.load_pem_private_key(content["sso_private_key"].encode(), password=None)
    if not isinstance(private_key, Ed25519PrivateKey):
        raise TypeError(f"{path}: sso_private_key is no Ed25519 key")
    return Keys(content["secret"], private_key)
