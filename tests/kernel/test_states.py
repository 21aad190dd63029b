import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import DomainError
from marketplace.kernel.states import StateMachine

CLAIM = StateMachine(
    "claim",
    {"claimed": ["submitted", "returned", "expired", "released"], "submitted": ["decided"]},
    "claimed",
)


def test_states_and_terminal_states_follow_from_the_moves() -> None:
    assert CLAIM.states == {"claimed", "submitted", "decided", "returned", "expired", "released"}
    assert CLAIM.terminal == {"decided", "returned", "expired", "released"}
    assert CLAIM.initial == "claimed"


def test_a_refusal_names_noun_current_target_and_what_is_allowed() -> None:
    with pytest.raises(DomainError) as caught:
        CLAIM.check("submitted", "expired")
    error = caught.value
    assert error.slug == "state_conflict"
    assert error.data == {"noun": "claim", "current": "submitted", "target": "expired", "allowed": ["decided"]}
    assert error.detail == "This claim is submitted and cannot become expired; it can turn only to decided."


def test_nothing_leaves_a_terminal_state() -> None:
    with pytest.raises(DomainError, match="to nothing any more"):
        CLAIM.check("decided", "claimed")


def test_unknown_states_are_a_programming_error() -> None:
    for current, target in (("claimed", "lost"), ("lost", "claimed")):
        with pytest.raises(ValueError, match="no state 'lost'"):
            CLAIM.can(current, target)


def test_a_state_that_cannot_be_reached_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot reach"):
        StateMachine("job", {"draft": ["open"], "paused": ["open"]}, "draft")
    with pytest.raises(ValueError, match="cannot reach"):
        StateMachine("job", {"draft": ["open"]}, "nowhere")


@given(st.dictionaries(st.sampled_from("abcde"), st.sets(st.sampled_from("abcde")), min_size=1), st.data())
def test_check_and_can_agree_with_the_table(moves: dict[str, set[str]], data: st.DataObject) -> None:
    initial = data.draw(st.sampled_from(sorted(moves)))
    try:
        machine = StateMachine("thing", moves, initial)
    except ValueError:
        return
    for current in machine.states:
        for target in machine.states:
            allowed = target in moves.get(current, ())
            assert machine.can(current, target) == allowed
            if allowed:
                machine.check(current, target)
            else:
                with pytest.raises(DomainError):
                    machine.check(current, target)
