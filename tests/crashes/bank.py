"""The bank beside a market in which somebody dies: its memory is a file, which outlives every process of ours."""

from __future__ import annotations

import datetime as dt
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.kernel.money import Money
from tests.gateways.bank.imitation import ImitationBank, imitation


@dataclass
class _Memory:
    """What the bank has done."""

    account: ImitationBank = field(default_factory=imitation)
    paid: list[tuple[str, Money]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    statements: list[bytes] = field(default_factory=list)


class BankNextDoor:
    """An imitation of a bank whose every act is whole or not done; who asks may be killed before it and after it.

    A message that it has executed before it does not execute again, as banks do; nor does it take the same payment in,
    or give it back, twice.
    """

    def __init__(self, path: Path, step: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self._step = step

    @property
    def paid(self) -> list[tuple[str, Money]]:
        """What was paid, by reference, in order."""
        return self._memory().paid

    @property
    def statements(self) -> list[bytes]:
        """All statements that it made; they can be had again and again."""
        return self._memory().statements

    def forget(self) -> None:
        """A new bank."""
        self.path.write_bytes(pickle.dumps(_Memory()))

    def execute(self, file: bytes) -> None:
        """Somebody hands a payment file in."""
        (message,) = re.findall(rb"<MsgId>([^<]+)</MsgId>", file)
        with self._act(message.decode()) as memory:
            if memory is not None:
                before = len(memory.account.lines)
                memory.account.execute(file)
                memory.paid += [(line.end_to_end, -line.amount) for line in memory.account.lines[before:]]

    def receive(self, amount: Money, reference: str) -> None:
        """Somebody pays in."""
        with self._act(f"in {reference}") as memory:
            if memory is not None:
                memory.account.receive(amount.text(), reference)

    def give_back(self, amount: Money, reference: str) -> None:
        """The payee's bank sends a payment back."""
        with self._act(f"back {reference}") as memory:
            if memory is not None:
                memory.account.give_back(reference, amount.text())

    def close_day(self, day: dt.date) -> None:
        """A statement of what moved, if anything did."""
        if self._memory().account.lines:
            with self._act("") as memory:
                if memory is not None:
                    memory.statements.append(memory.account.camt(day))

    @contextmanager
    def _act(self, name: str) -> Iterator[_Memory | None]:
        """Its memory, to be changed by one act, which it knows by the name; None where it was done before."""
        self._step()
        memory = self._memory()
        if name and name in memory.told:
            yield None
        else:
            yield memory
            memory.told.append(name)
            new = self.path.with_suffix(".new")
            new.write_bytes(pickle.dumps(memory))
            new.replace(self.path)
        self._step()

    def _memory(self) -> _Memory:
        found = pickle.loads(self.path.read_bytes())
        assert isinstance(found, _Memory)
        return found
