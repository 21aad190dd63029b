"""Media in a local folder: one file for each key, written whole or not at all."""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

KEY_LENGTH_MAX = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def check_key(key: str) -> str:
    """The key, if it is one: plain segments between single slashes.

    No segment begins with a dot, so no key leads out of the folder or meets a temporary file. Raises ValueError.
    """
    if len(key) > KEY_LENGTH_MAX or not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        raise ValueError(f"not a storage key: {key[:100]!r}")
    return key


class LocalStorage:
    """Files under one folder, which is made when it is first needed and is readable by us alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:  # noqa: ARG002 - the port's; S3 keeps it
        """Keep the stream's bytes; who reads meanwhile sees the old file or the new one, never a part."""
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(stream, file)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def open(self, key: str) -> BinaryIO:
        """The file as a stream; raises KeyError."""
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise KeyError(key) from None

    def delete(self, key: str) -> None:
        """Remove the file; nothing happens if there is none."""
        self._path(key).unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        """Whether there is a file."""
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        return self._folder / check_key(key)
