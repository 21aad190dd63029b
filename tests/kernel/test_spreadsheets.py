import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.spreadsheets import csv_line, safe_cell

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=", "＝1"])
def test_no_text_can_start_a_formula(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, ""), ("", ""), ("a=1", "a=1"), (-3, "-3"), (True, "true"), (False, "false"), ("0.0013", "0.0013")],
)
def test_what_is_harmless_stays_as_it_is(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


def test_a_line_is_quoted_only_where_it_must_be() -> None:
    assert csv_line(["a", 'say "b"', "c,d", "e\r\nf", None, 3]) == 'a,"say ""b""","c,d","e\r\nf",,3\r\n'


@given(st.lists(TEXT, min_size=2, max_size=5))
def test_every_reader_of_csv_reads_back_what_was_written(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(csv_line(cells), newline=""))
    assert [one.removeprefix("'") if one.startswith("'") else one for one in read] == [
        cell.removeprefix("'") if cell.startswith("'") else cell for cell in cells
    ]
