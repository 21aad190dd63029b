"""Places that keep signed heads for ever: a folder, and an S3-compatible store; each name is written once."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from marketplace.audit.anchors import CHECKPOINTS, AnchorDiffersError, AnchorError

_MISSING = {"404", "NoSuchKey", "NotFound"}
_THERE = {"412", "PreconditionFailed"}


class FolderAnchors:
    """Files in a folder, best on a disk of another machine, mounted so that nothing in it can be changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.place = str(folder)

    def put_once(self, name: str, content: bytes) -> bool:
        """Keep the content under a name that was free, whole or not at all."""
        draft = self._folder / f".{name}.{secrets.token_hex(4)}"
        with _told(OSError, self.place):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                # A link is made only where the name is free, and with the whole file behind it.
                os.link(draft, self._folder / name)
            except FileExistsError:
                _refuse_other((self._folder / name).read_bytes(), content, f"{self.place}/{name}")
                return False
            finally:
                draft.unlink(missing_ok=True)
        return True

    def read(self, name: str) -> bytes:
        """The file's bytes."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None
        except OSError as error:
            raise AnchorError(f"{self.place}: {error}") from error

    def after(self, name: str, limit: int) -> list[str]:
        """Names of signed heads after this one; a folder that is not there yet has none."""
        try:
            names = [
                path.name for path in self._folder.iterdir() if path.name.startswith(CHECKPOINTS) and path.name > name
            ]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise AnchorError(f"{self.place}: {error}") from error
        return sorted(names)[:limit]


class S3Anchors:
    """Objects of a bucket under a prefix, best with an object lock, which keeps even its owner from deleting them."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        """`client` is a boto3 S3 client; `prefix` ends in a slash, or is empty."""
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self.place = f"s3://{bucket}/{prefix}"

    def put_once(self, name: str, content: bytes) -> bool:
        """Keep the content unless the name is taken (If-None-Match), also where a store does not know that header."""
        try:
            _refuse_other(self.read(name), content, self.place + name)
        except KeyError:
            pass
        else:
            return False
        with _told(Exception, self.place):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + name,
                    Body=content,
                    ContentType="text/plain; charset=utf-8",
                    IfNoneMatch="*",
                )
            except Exception as error:
                if _code(error) not in _THERE:
                    raise
                _refuse_other(self.read(name), content, self.place + name)
                return False
        return True

    def read(self, name: str) -> bytes:
        """The object's bytes."""
        with _told(Exception, self.place):
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
                content: bytes = found["Body"].read()
            except Exception as error:
                if _code(error) in _MISSING:
                    raise KeyError(name) from None
                raise
        return content

    def after(self, name: str, limit: int) -> list[str]:
        """Names of signed heads after this one."""
        with _told(Exception, self.place):
            found = self._client.list_objects_v2(
                Bucket=self._bucket,
                Prefix=self._prefix + CHECKPOINTS,
                StartAfter=self._prefix + name,
                MaxKeys=limit,
            )
        return [one["Key"].removeprefix(self._prefix) for one in found.get("Contents", ())]


def _refuse_other(there: bytes, content: bytes, place: str) -> None:
    if there != content:
        raise AnchorDiffersError(f"{place} keeps another signed head of the same size: one of the two was forged")


@contextmanager
def _told(kind: type[Exception], place: str) -> Iterator[None]:
    """What a store has to complain of, as the port says it; the kinds of a client's errors are its own."""
    try:
        yield
    except (AnchorDiffersError, AnchorError, KeyError):
        raise
    except kind as error:
        raise AnchorError(f"{place}: {type(error).__name__}: {error}") from error


def _code(error: BaseException) -> str:
    # botocore's ClientError, without importing botocore where the extra is not installed
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code")) if isinstance(response, dict) else ""
