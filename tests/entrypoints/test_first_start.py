from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from marketplace.entrypoints import demo, first_start
from marketplace.entrypoints.context import Context, make_context
from marketplace.entrypoints.demo import announcing
from marketplace.settings import Settings
from tests.server import Server


@pytest.fixture
def context(server: Server, committing_database: str, tmp_path: Path) -> Iterator[Context]:
    settings = Settings.from_env(
        {
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": server.app_url(committing_database),
            "DATABASE_OWNER_URL": server.owner_url(committing_database),
        }
    )
    made = make_context(settings, application_name="tests")
    yield made
    made.engine.dispose()


def people(context: Context) -> int:
    with context.transactions() as session:
        count: int = session.scalars(text("SELECT count(*) FROM person")).one()
        return count


def somebody_comes(context: Context, _say: Callable[[str], None]) -> None:
    with context.transactions() as session:
        session.execute(
            text("INSERT INTO person (id, email, name, language) VALUES (uuid7(), 'ann@example.com', 'Ann', 'en')")
        )


def cut_short(context: Context, say: Callable[[str], None]) -> None:
    somebody_comes(context, say)
    raise KeyboardInterrupt


@pytest.fixture
def said() -> list[str]:
    return []


def test_the_demo_is_loaded_into_an_empty_market_and_only_once(
    context: Context, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "load", somebody_comes)
    assert first_start.load_demo(context, said.append)
    assert not first_start.load_demo(context, said.append)
    assert people(context) == 1


def test_a_market_in_which_somebody_signed_up_is_left_alone(
    context: Context, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody_comes(context, said.append)
    monkeypatch.setattr(demo, "load", cut_short)
    assert not first_start.load_demo(context, said.append)
    assert people(context) == 1


def test_a_load_that_was_cut_short_is_begun_again_from_nothing(
    context: Context, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "load", cut_short)
    with pytest.raises(KeyboardInterrupt):
        first_start.load_demo(context, said.append)
    monkeypatch.setattr(demo, "load", somebody_comes)
    assert first_start.load_demo(context, said.append)
    assert people(context) == 1
    assert "made again" in said[0]
    assert not first_start.load_demo(context, said.append)


def test_a_command_in_another_terminal_names_the_address_that_was_opened(context: Context) -> None:
    assert announcing.opened_at(context) == context.settings.public_url
    announcing.keys_path(context).write_text(
        "export API=http://127.0.0.1:8765\nexport CLIENT_KEY=pwk_1\n", encoding="utf-8"
    )
    assert announcing.opened_at(context) == "http://127.0.0.1:8765"
