from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace.db import sql


def written(folder: Path, text: str) -> sql.Statements:
    (folder / "some.sql").write_text(text)
    return sql.load(str(folder / "module.py"), "some.sql")


def test_statements_are_found_by_name_and_take_parameters(tmp_path: Path, session: Session) -> None:
    found = written(tmp_path, "-- about\n-- name: one\nSELECT 1;\n\n-- name: next_after\n-- why\nSELECT :number + 1;\n")
    assert list(found) == ["one", "next_after"]
    assert session.execute(found.next_after, {"number": 41}).scalar_one() == 42


def test_an_unknown_name_says_which_file_lacks_it(tmp_path: Path) -> None:
    with pytest.raises(AttributeError, match=r"some\.sql has no statement named 'two'"):
        _ = written(tmp_path, "-- name: one\nSELECT 1").two


@pytest.mark.parametrize(
    "text", ["-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;", "-- name: one\n", "-- name: a-b\nSELECT 1"]
)
def test_doubled_empty_and_badly_named_statements_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="statement"):
        written(tmp_path, text)


def test_a_file_is_read_once(tmp_path: Path) -> None:
    assert written(tmp_path, "-- name: one\nSELECT 1") is sql.load(str(tmp_path / "module.py"), "some.sql")
