"""Places that keep signed heads: each name is written once, in a folder and in S3."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.audit.anchors import AnchorDiffersError, AnchorError, AnchorStore, name_of, size_in
from marketplace.gateways.anchor_stores import FolderAnchors, S3Anchors
from marketplace.gateways.choosing import make_anchor_store
from tests.gateways.s3_server import Handler, serving_s3


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, type[Handler]]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with serving_s3() as served:
        yield served


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnchorStore]:
    if request.param == "folder":
        yield make_anchor_store(str(tmp_path / "anchors"))
        return
    endpoint, _ = request.getfixturevalue("s3")
    made = make_anchor_store(f"s3://bucket/log?endpoint={endpoint}&region=test-1")
    assert isinstance(made, S3Anchors)
    yield made
    made._client.close()


def test_a_name_is_written_once(store: AnchorStore) -> None:
    assert store.put_once(name_of(7), b"head")
    assert not store.put_once(name_of(7), b"head")
    with pytest.raises(AnchorDiffersError, match="keeps another signed head"):
        store.put_once(name_of(7), b"another head")
    assert store.read(name_of(7)) == b"head"
    with pytest.raises(KeyError):
        store.read(name_of(8))


def test_heads_are_listed_by_size(store: AnchorStore) -> None:
    assert store.after(name_of(0), 5) == []
    for size in (100, 9, 11):
        store.put_once(name_of(size), b"head")
    store.put_once("stamp-9.tsr", b"not a head")
    assert [size_in(name) for name in store.after(name_of(0), 5)] == [9, 11, 100]
    assert store.after(name_of(9), 1) == [name_of(11)]
    assert store.after(name_of(100), 5) == []


def test_where_another_writer_was_quicker_s3_says_so(
    s3: tuple[str, type[Handler]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_anchor_store(f"s3://bucket?endpoint={s3[0]}&region=test-1")
    assert isinstance(store, S3Anchors)
    store.put_once(name_of(1), b"head")
    # Not there when looked for, and there when it is written.
    looks = iter([KeyError("gone")])
    read = store.read

    def look(name: str) -> bytes:
        for problem in looks:
            raise problem
        return read(name)

    monkeypatch.setattr(store, "read", look)
    with pytest.raises(AnchorDiffersError):
        store.put_once(name_of(1), b"another head")
    store._client.close()


def test_a_place_that_cannot_be_reached_is_said_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = FolderAnchors(tmp_path / "file")
    for call in (lambda: store.put_once("a", b"head"), lambda: store.read("a"), lambda: store.after("a", 1)):
        with pytest.raises(AnchorError, match="file"):
            call()
