import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("marketplace", "client_api", "workers_portal", "migrations", "tests")
GENERATED = ROOT / "client_api/client/generated"  # as long as the API is; nobody reads it from top to bottom
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 300

LONG_FUNCTIONS: dict[str, str] = {
    # "path/of/file.py:function": "the reason why it reads better in one piece"
}
LONG_FILES: dict[str, str] = {
    "marketplace/jobs/models.py": "the tables of a job are read together: each row's meaning rests on another's",
    "marketplace/work/models.py": "the tables of work are read together: seats hang on tasks, claims on seats",
    "marketplace/audit/offline.py": "the verifier is one file that stands alone, on purpose",
    "marketplace/settings.py": "every setting stands in one table with its rule and its meaning",
    "tests/client_api/permission_table.py": "one row for each operation of the API, in one table",
}


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if not path.is_relative_to(GENERATED))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def long_functions() -> dict[str, int]:
    found = {}
    for path in sources():
        if path.is_relative_to(ROOT / "migrations" / "versions"):
            continue  # a migration lists tables, from the first to the last
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    found[f"{name_of(path)}:{node.name}"] = lines
    return found


def long_files() -> dict[str, int]:
    counted = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    return {name: lines for name, lines in counted.items() if lines > FILE_LINES_MAX}


def test_functions_fit_a_screen() -> None:
    outgrown = {name: lines for name, lines in long_functions().items() if name not in LONG_FUNCTIONS}
    assert not outgrown, f"longer than {FUNCTION_LINES_MAX} lines: {outgrown}"


def test_files_stay_at_about_three_hundred_lines() -> None:
    outgrown = {name: lines for name, lines in long_files().items() if name not in LONG_FILES}
    assert not outgrown, f"longer than {FILE_LINES_MAX} lines: {outgrown}"


def test_every_exception_is_still_needed_and_says_why() -> None:
    assert LONG_FUNCTIONS.keys() <= long_functions().keys()
    assert LONG_FILES.keys() <= long_files().keys()
    assert all(len(reason) > 10 for reason in (LONG_FUNCTIONS | LONG_FILES).values())
