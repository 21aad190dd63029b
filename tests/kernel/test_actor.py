import pytest

from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public

PERSON, ORGANIZATION = new_id(), new_id()
REVIEWER = Actor(
    PERSON, ORGANIZATION, "client", frozenset({"reviewer"}), frozenset({"review.decide"}), "session", "Rui"
)


def test_a_missing_permission_is_named() -> None:
    REVIEWER.require("review.decide")
    with pytest.raises(DomainError) as caught:
        REVIEWER.require("job.write")
    assert caught.value.slug == "forbidden"
    assert caught.value.data == {"permission": "job.write"}


def test_the_product_itself_may_do_everything_but_is_no_person() -> None:
    sweeper = system_actor("sweep_leases")
    assert sweeper.may("anything.at_all")
    assert sweeper.label == "system:sweep_leases"
    for missing in ("person", "organization"):
        with pytest.raises(DomainError, match="forbidden"):
            getattr(sweeper, missing)


def test_labels_name_the_person_else_the_organization() -> None:
    assert REVIEWER.label == public("person", PERSON)
    assert (REVIEWER.person, REVIEWER.organization) == (PERSON, ORGANIZATION)
    key = Actor(None, ORGANIZATION, "client", frozenset(), frozenset(), "api_key", "uploader")
    assert key.label == public("organization", ORGANIZATION)
