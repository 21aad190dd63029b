"""State machines as tables of allowed moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from marketplace.kernel.errors import STATE_CONFLICT


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
        possible = f"only to {', '.join(allowed)}" if allowed else "to nothing any more"
        noun = self.noun.replace("_", " ")
        raise STATE_CONFLICT.error(
            f"This {noun} is {current} and cannot become {target}; it can turn {possible}.",
            noun=self.noun,
            current=current,
            target=target,
            allowed=allowed,
        )
