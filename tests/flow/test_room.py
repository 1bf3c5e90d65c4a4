"""How many steps run at a time: by number, and by the memory that they had the last time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transom.flow.room import UNKNOWN, Room

MIB = 1024**2


def test_there_is_room_for_so_many() -> None:
    room = Room(2, float("inf"))
    assert room.take("a", None)
    assert not room.is_full
    assert room.take("b", None)
    assert room.is_full
    assert not room.take("c", 0)
    room.free("a")
    assert not room.is_full
    assert room.take("c", 0)


def test_steps_fit_into_memory_together() -> None:
    room = Room(10, 1000 * MIB)
    assert room.take("large", 800 * MIB)
    assert not room.take("other", 300 * MIB)
    assert not room.is_full
    assert room.take("small", 200 * MIB)
    assert not room.take("smallest", 1)
    room.free("large")
    assert room.take("other", 300 * MIB)


def test_a_step_without_a_known_peak_counts_too() -> None:
    room = Room(10, 1.5 * UNKNOWN)
    assert room.take("a", None)
    assert not room.take("b", None)
    assert room.take("c", UNKNOWN // 2)


def test_one_step_always_fits() -> None:
    room = Room(1, 0)
    assert room.take("huge", 10**15)
    assert not room.take("small", 0)
    room.free("huge")
    assert room.take("huge", 10**15)


def test_what_was_not_taken_can_be_freed() -> None:
    room = Room(1, 100)
    room.free("nobody")
    assert room.take("a", 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 600))), st.integers(1, 4))
def test_no_more_is_in_use_than_there_is(turns: list[tuple[bool, int, int]], jobs: int) -> None:
    room, used = Room(jobs, 1000), dict[str, int]()
    for is_taken, number, peak in turns:
        name = f"s{number}"
        if is_taken and name not in used:
            fits = not used or (len(used) < jobs and sum(used.values()) + peak <= 1000)
            assert room.take(name, peak) == fits
            if fits:
                used[name] = peak
        elif not is_taken:
            room.free(name)
            used.pop(name, None)
        assert room.is_full == (len(used) >= jobs)
