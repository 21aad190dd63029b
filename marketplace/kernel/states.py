"""State machines as tables of allowed moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.kernel.texts import named, say


class StateMachine:
    """The allowed moves of one noun; every move in the product asks its machine first."""

    def __init__(self, noun: str, moves: Mapping[str, Collection[str]], initial: str) -> None:
        """`moves` maps each state to the states it may turn to.

        A state that is only ever a target is terminal. Raises ValueError if the initial
        state is unknown or some state cannot be reached from it.
        """
        self.noun = noun
        self.initial = initial
        targets = {target for allowed in moves.values() for target in allowed}
        self.states = frozenset(moves) | targets
        self._moves = {state: frozenset(moves.get(state, ())) for state in self.states}
        self.terminal = frozenset(state for state in self.states if not self._moves[state])
        unreachable = self.states - self._reachable()
        if initial not in self.states or unreachable:
            raise ValueError(f"{noun}: cannot reach {sorted(unreachable)} from {initial!r}")

    def _reachable(self) -> set[str]:
        seen: set[str] = set()
        waiting = [self.initial]
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                waiting.extend(self._moves.get(state, ()))
        return seen

    def allowed(self, current: str) -> frozenset[str]:
        """The states `current` may turn to; raises ValueError for an unknown state."""
        if current not in self.states:
            raise ValueError(f"{self.noun} has no state {current!r}")
        return self._moves[current]

    def can(self, current: str, target: str) -> bool:
        """Whether the move is allowed; raises ValueError for an unknown state."""
        if target not in self.states:
            raise ValueError(f"{self.noun} has no state {target!r}")
        return target in self.allowed(current)

    def check(self, current: str, target: str) -> None:
        """Refuse a move that is not allowed with state_conflict, naming what is."""
        if self.can(current, target):
            return
        allowed = sorted(self.allowed(current))
        words = {"noun": named(self.noun), "current": named(current), "target": named(target)}
        possible = tuple(named(state) for state in allowed)
        raise STATE_CONFLICT.error(
            say(
                "This %(noun)s is %(current)s and cannot become %(target)s; it can turn only to %(possible)s.",
                **words,
                possible=possible,
            )
            if possible
            else say(
                "This %(noun)s is %(current)s and cannot become %(target)s; it can turn to nothing any more.", **words
            ),
            noun=self.noun,
            current=current,
            target=target,
            allowed=allowed,
        )
