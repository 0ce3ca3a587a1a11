"""The file with what Solar Staff gives to a company by contract: its number, the salt, its kind of work."""

import secrets
from pathlib import Path
from typing import NamedTuple

from emulators import keyfile


class Keys(NamedTuple):
    client_id: str
    salt: str
    todo_type: str

    def as_settings(self) -> str:
        """The portal's settings as lines for a shell."""
        return (
            f"SOLAR_STAFF_CLIENT_ID={self.client_id}\n"
            f"SOLAR_STAFF_SALT={self.salt}\n"
            f"SOLAR_STAFF_TODO_TYPE={self.todo_type}\n"
        )


def create(path: Path) -> None:
    """Make the file, readable by its owner only. One that is there stays as it is."""
    keyfile.create(path, {"client_id": "6", "salt": secrets.token_hex(16), "todo_type": "20"})


def read(path: Path) -> Keys:
    content = keyfile.read(path)
    return Keys(*(str(content[name]) for name in Keys._fields))
