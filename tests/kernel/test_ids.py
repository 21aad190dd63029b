import os
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import PREFIXES, new_id, parse, public

NOUNS = st.sampled_from(sorted(PREFIXES))


@given(NOUNS, st.uuids())
def test_an_id_survives_the_way_outside_and_back(noun: str, identifier: uuid.UUID) -> None:
    text = public(noun, identifier)
    assert text.startswith(PREFIXES[noun] + "_")
    assert len(text) == len(PREFIXES[noun]) + 27
    assert parse(noun, text) == identifier


@given(st.uuids(), st.uuids())
def test_outside_ids_sort_as_the_ids_inside(left: uuid.UUID, right: uuid.UUID) -> None:
    assert (public("job", left) < public("job", right)) == (left < right)


@given(NOUNS, st.text() | st.from_regex(r"\A[a-z]{3}_[0-9a-z]{26}\Z"))
def test_what_parses_is_what_we_would_have_written(noun: str, text: str) -> None:
    try:
        identifier = parse(noun, text)
    except DomainError:
        return
    assert public(noun, identifier) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "job_",
        "01h455vb4pex5vsknk084sn02q",
        "itm_01h455vb4pex5vsknk084sn02q",
        "JOB_01h455vb4pex5vsknk084sn02q",
        "job_01H455VB4PEX5VSKNK084SN02Q",
        "job_01h455vb4pex5vsknk084sn02",
        "job_01h455vb4pex5vsknk084sn02qq",
        "job_81h455vb4pex5vsknk084sn02q",
        "job_01h455vb4pex5vsknk084sn02u",
        "job_01h455vb4pex5vsknk084sn02q\n",
        None,
        7,
    ],
)
def test_malformed_ids_are_not_found(text: object) -> None:
    with pytest.raises(DomainError) as caught:
        parse("job", text)
    assert caught.value.slug == "not_found"


def test_prefixes_are_short_and_differ() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)
    assert all(len(prefix) == 3 for prefix in PREFIXES.values())


def test_new_ids_are_ordered_by_time_and_of_version_seven() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(set(made))
    assert {identifier.version for identifier in made} == {7}


def test_forked_processes_do_not_make_the_same_ids() -> None:
    new_id()
    seen = []
    for _ in range(3):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, new_id().bytes[8:])
            os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        seen.append(os.read(reader, 8))
        os.close(reader)
    assert len(set(seen)) == 3
