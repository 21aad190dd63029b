from sqlalchemy import Engine, text

from marketplace.db.personal import blankable, can_hold_words, declared_impersonal, declared_personal
from marketplace.db.registry import load_models, load_personal


def test_every_column_that_can_hold_words_is_declared() -> None:
    metadata = load_models()
    load_personal()
    personal, impersonal = declared_personal(), declared_impersonal()
    wrong = []
    for table in metadata.sorted_tables:
        words = {column.name for column in table.columns if can_hold_words(column)}
        if table.name not in personal:
            if words and not impersonal.get(table.name):
                wrong.append(f"{table.name} is not declared: its package's personal.py says what is personal in it")
            continue
        one = personal[table.name]
        said = {*one.erased, *one.kept, *one.codes}
        if not one.removed and words - said:
            wrong.append(f"{table.name}: is {sorted(words - said)} personal, and what does erasing do to it?")
        unknown = {*said, *one.hidden, *one.money, *one.money.values()} - set(table.columns.keys())
        if unknown:
            wrong.append(f"{table.name} has no columns {sorted(unknown)}")
    assert wrong == []
    assert set(impersonal) | set(personal) <= set(metadata.tables)


def test_every_personal_column_is_given_to_the_person_or_says_why_not() -> None:
    load_models()
    load_personal()
    for name, one in declared_personal().items():
        given = {column.name for column in one.exported}
        missing = set(one.table.columns.keys()) - given
        assert one.not_exported or all(one.hidden[column] for column in missing), name
        assert not (one.not_exported and one.hidden), f"{name}: nothing of it is given, so no column is hidden"
        assert one.why, name
        assert one.removed != bool(one.erased) or not one.removed, f"{name}: rows that go are not blanked"


def test_the_triggers_let_those_texts_be_blanked_that_are_declared(engine: Engine) -> None:
    load_models()
    load_personal()
    declared = {table.name: columns for table in load_models().sorted_tables if (columns := blankable(table))}
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT tgrelid::regclass::text AS name, tgargs FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
                "WHERE proname = 'forbid_all_but_erasing'"
            )
        ).all()
    assert {row.name: sorted(bytes(row.tgargs).decode().strip("\0").split("\0")) for row in rows} == declared
