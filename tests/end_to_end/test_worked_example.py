"""The worked example over the sandbox."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.service import Service, serving
from tests.end_to_end.worked_example import Market, expect_books, prove, tell_the_story
from tests.server import Server


@pytest.fixture(scope="module")
def service(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(server, tmp_path_factory.mktemp("service")) as running:
        yield running


def test_the_worked_example_to_the_second_installment(service: Service) -> None:
    market = Market(service)
    tell_the_story(market, service)
    expect_books(market["auditor"], {1100: "45.00", 4010: "45.00"})
    prove(service)
