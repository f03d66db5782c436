"""A request to stop is heard wherever it comes, and told as one."""

import signal
import time
import weakref
from collections.abc import Callable

import pytest

from warning.errors import StoreError
from warning.interrupts import Stopped, ending_like_an_interrupt, is_interrupt
from warning.memory_limit import OutOfMemory
from warning.nightly import outcome_of


class Thing:
    """Something whose end is watched."""


def called_back(work: Callable[[], object]) -> None:
    """Python calls ``work`` where nobody catches what it raises."""
    thing = Thing()
    watching = weakref.ref(thing, lambda _: work())
    del thing
    assert watching() is None


@pytest.mark.parametrize("came", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_in_a_callback_comes_again(came: signal.Signals) -> None:
    """What Python ignores there is raised in what runs next; the handlers are as before."""

    def asked_to_stop() -> None:
        signal.raise_signal(came)
        for _ in range(1000):
            pass
        pytest.fail("the signal was not heard in here")

    names = (came, signal.SIGALRM)
    before = [signal.getsignal(name) for name in names]
    passed = False
    with pytest.raises(KeyboardInterrupt), ending_like_an_interrupt() as asked:
        called_back(asked_to_stop)
        passed = True
        time.sleep(10)
    assert passed
    assert asked == [came]
    assert [signal.getsignal(name) for name in names] == before


def test_memory_that_runs_out_in_a_callback_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever watches has ended the work once; as nobody heard it, it may end it again."""
    looked: list[int] = []
    monkeypatch.setattr("warning.interrupts.watch_again", lambda: looked.append(1))

    def runs_out() -> None:
        raise OutOfMemory

    with ending_like_an_interrupt():
        called_back(runs_out)
    assert looked == [1]


def test_other_faults_in_callbacks_are_told_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are whoever's who asked for them before."""
    told: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", lambda fault: told.append(fault.exc_type))
    with ending_like_an_interrupt():
        called_back(lambda: 1 // 0)
    assert told == [ZeroDivisionError]


def test_a_fault_of_the_undoing_is_still_an_interrupt() -> None:
    """A driver that was broken off may raise a fault of its own: the night was stopped, not failed."""
    driver = ValueError("a connection in the midst of an answer")
    driver.__context__ = Stopped()
    told = StoreError([])
    told.__cause__ = driver
    assert is_interrupt(told)
    assert outcome_of(told) == ("stopped", 1)
    assert not is_interrupt(ValueError("no interrupt"))
    assert outcome_of(StoreError([])) == ("failed", 1)
