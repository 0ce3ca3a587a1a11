"""The file with what an emulator and the portal both know, and nobody else."""

import json
import os
from pathlib import Path
from typing import Any


def create(path: Path, content: dict[str, Any]) -> None:
    """Make the file, readable by its owner only. One that is there stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
