import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from marketplace.gateways.choosing import make_storage
from marketplace.kernel.ports import MediaStorage
from tests.gateways.s3_server import Handler, serving_s3

KEY = "media/ab/med_01h4"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, type[Handler]]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with serving_s3() as served:
        yield served


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MediaStorage]:
    if request.param == "folder":
        yield make_storage(str(tmp_path / "media"))
        return
    endpoint, _ = request.getfixturevalue("s3")
    made = make_storage(f"s3://bucket?endpoint={endpoint}&region=test-1")
    yield made
    made._client.close()  # type: ignore[attr-defined]


def read(storage: MediaStorage, key: str = KEY) -> bytes:
    with storage.open(key) as stream:
        return stream.read()


def test_what_was_put_can_be_read_any_number_of_times(storage: MediaStorage) -> None:
    storage.put(KEY, io.BytesIO(b"picture"), "image/png")
    assert storage.exists(KEY)
    assert [read(storage), read(storage)] == [b"picture", b"picture"]


def test_putting_again_replaces(storage: MediaStorage) -> None:
    storage.put(KEY, io.BytesIO(b"long picture"), "image/png")
    storage.put(KEY, io.BytesIO(b"other"), "image/png")
    assert read(storage) == b"other"


def test_what_was_never_put_is_a_key_error(storage: MediaStorage) -> None:
    assert not storage.exists(KEY)
    with pytest.raises(KeyError):
        storage.open(KEY)
    storage.delete(KEY)


def test_deleting_forgets(storage: MediaStorage) -> None:
    storage.put(KEY, io.BytesIO(b"picture"), "image/png")
    storage.delete(KEY)
    assert not storage.exists(KEY)
    with pytest.raises(KeyError):
        storage.open(KEY)


def test_large_media_arrive_whole(storage: MediaStorage) -> None:
    large = bytes(range(256)) * (10 * 2**20 // 256)
    storage.put(KEY, io.BytesIO(large), "image/png")
    assert read(storage) == large


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../secret", "media/../../secret", "media//x", "media/", ".hidden", "a/.part", "a\x00b", "a b"],
)
def test_a_key_never_leads_elsewhere(storage: MediaStorage, key: str) -> None:
    for use in (storage.open, storage.exists, storage.delete):
        with pytest.raises(ValueError, match="not a storage key"):
            use(key)
    with pytest.raises(ValueError, match="not a storage key"):
        storage.put(key, io.BytesIO(b"x"), "image/png")


class Breaking(io.RawIOBase):
    """A stream whose sender goes away in the middle."""

    def __init__(self) -> None:
        self._left = [b"half a picture"]

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002
        if self._left:
            return self._left.pop()
        raise ConnectionError("gone")


def test_a_broken_upload_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    storage = make_storage(tmp_path.as_uri())
    storage.put(KEY, io.BytesIO(b"old"), "image/png")
    stream: BinaryIO = Breaking()  # type: ignore[assignment]

    with pytest.raises(ConnectionError):
        storage.put(KEY, stream, "image/png")

    assert read(storage) == b"old"
    assert [path.name for path in (tmp_path / KEY).parent.iterdir()] == ["med_01h4"]


def test_others_on_the_machine_cannot_read_media(tmp_path: Path) -> None:
    make_storage(str(tmp_path / "media")).put("a", io.BytesIO(b"x"), "image/png")
    assert (tmp_path / "media").stat().st_mode & 0o077 == 0


def test_s3_keeps_the_content_type(s3: tuple[str, type[Handler]]) -> None:
    endpoint, handler = s3
    storage = make_storage(f"s3://bucket?endpoint={endpoint}&region=test-1")
    storage.put("a", io.BytesIO(b"x"), "image/png")
    assert handler.objects["bucket/a"] == (b"x", "image/png")
    storage._client.close()  # type: ignore[attr-defined]
