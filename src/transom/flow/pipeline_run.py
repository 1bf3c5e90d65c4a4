"""How the steps of a pipeline run come to their ends: which start, which are reused, what is recorded, who is told."""

from __future__ import annotations

import heapq
import queue
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from transom.flow.backends import AnyJob, Backend
from transom.flow.plan import Plan
from transom.flow.room import Room
from transom.flow.steps import Earlier, Gone, Made, Prepared, Recorder, StepEnd, Steps, StepState, Watching
from transom.model.runs import FailureKind, Outcome, Result, Status

if TYPE_CHECKING:
    from transom.engine.step import Executed

#: How often it is looked whether another process asked the run to stop, in seconds.
_LOOK_EVERY = 0.25
#: So many steps that do not fit are passed over in search of a smaller one.
_MOST_PASSED = 32
_STATES = {
    Status.SUCCEEDED: StepState.SUCCEEDED,
    Status.FAILED: StepState.FAILED,
    Status.TIMED_OUT: StepState.FAILED,
    Status.CANCELLED: StepState.STOPPED,
}


@dataclass(slots=True)
class _Flying:
    """A step that is executed now; `others` are equal ones that wait for its outcome."""

    prepared: Prepared
    job: AnyJob
    attempt: int
    began: float
    others: list[str] = field(default_factory=list)


class PipelineRun:
    """One run of a pipeline, from the first step to the last. It is not shared by threads."""

    def __init__(
        self, plan: Plan, steps: Steps, recorder: Recorder, backend: Backend, room: Room, watching: Watching
    ) -> None:
        self.ends: dict[str, StepEnd] = {}
        self._plan = plan
        self._steps = steps
        self._recorder = recorder
        self._backend = backend
        self._room = room
        self._watching = watching
        self._results: dict[tuple[str, str], Result] = {}
        self._waiting: list[tuple[tuple[int, int], str]] = []
        self._prepared: dict[str, Prepared] = {}
        self._flying: dict[str, _Flying] = {}
        self._by_key: dict[str, str] = {}
        self._made: dict[str, Earlier] = {}
        self._again: list[tuple[float, str]] = []
        self._arrived: queue.SimpleQueue[tuple[str, Future[Executed]]] = queue.SimpleQueue()
        self._begun: list[tuple[str, Prepared]] = []
        self._unrecorded: list[StepEnd] = []
        self._stopping = False
        self._cancelled = False

    def had(self, ends: Iterable[StepEnd]) -> None:
        """Steps that ended well before this run was taken up again."""
        for end in ends:
            self.ends[end.name] = end
            self._keep_results(end)
            self._plan.ended(end.name, end.state.value)

    def run(self, stop: Callable[[], None]) -> Mapping[str, StepEnd]:
        """Bring every step to its end; `stop` is called when those that are executed are to stop.

        The run stops when `stop_asked` says so, and when one of its steps was cancelled by somebody else.
        """
        try:
            self._go(stop)
        except BaseException:  # what is executed now would lead to nothing, and is not waited for to its end
            stop()
            raise
        return self.ends

    def _go(self, stop: Callable[[], None]) -> None:
        while True:
            if not self._stopping and (self._cancelled or self._watching.stop_asked()):
                self._stopping = True
                stop()
            self._turn()
            if not self._flying and not self._again and not self._waiting:
                break
            self._wait()
        self._record()

    def _turn(self) -> None:
        """Start what can be started; what is reused lets others start at once."""
        self._start_again()
        while not self._stopping:
            ended = len(self.ends)
            self._look_at(self._plan.ready())
            self._start_waiting()
            if len(self.ends) == ended:
                break
        if self._stopping:
            self._stop_waiting()
        self._record()

    def _look_at(self, names: Sequence[str]) -> None:
        """Prepare steps that could start now: what was made before is taken again, the others wait for room."""
        self._prepare(names)
        asked = [p.key for name in names if (p := self._prepared.get(name)) and p.reuse]
        earlier = self._steps.earlier(asked)
        for name in names:
            prepared = self._prepared.get(name)
            found = earlier.get(prepared.key) if prepared is not None and prepared.reuse else None
            if prepared is not None and isinstance(found, Earlier):
                self._end(self._reused(name, prepared, found))
            elif prepared is not None:
                if isinstance(found, Gone):
                    self._prepared[name] = replace(prepared, why=found.why)
                self._wait_for_room(name)

    def _prepare(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self.ends:  # another one of them has failed, and nothing else is to start
                continue
            began = time.monotonic()
            try:
                prepared = self._steps.prepared(name, self._results)
            except Exception as wrong:  # what is none of a person's is raised again by `failed`
                outcome = self._steps.failed(wrong)
                self._end(StepEnd(name, _STATES[outcome.status], outcome=outcome, seconds=time.monotonic() - began))
                continue
            if prepared.refused is not None:
                self._end(_refused(name, prepared, prepared.refused))
                continue
            self._prepared[name] = prepared

    def _wait_for_room(self, name: str) -> None:
        heapq.heappush(self._waiting, (self._plan.urgency(name), name))

    def _start_waiting(self) -> None:
        """Start what there is room for, the most urgent first."""
        passed: list[tuple[tuple[int, int], str]] = []
        while self._waiting and not self._room.is_full and len(passed) < _MOST_PASSED:
            urgency, name = heapq.heappop(self._waiting)
            if name in self._prepared and not self._start(name):
                passed.append((urgency, name))
        for each in passed:
            heapq.heappush(self._waiting, each)

    def _start(self, name: str) -> bool:
        """Start a step, or let it wait for an equal one; False where there is no room for it."""
        prepared = self._prepared[name]
        if prepared.reuse and self._is_shared(name, prepared):
            return True
        if not self._room.take(name, prepared.peak):
            return False
        made = self._made_job(prepared)
        if made.job is None:
            self._room.free(name)
            assert made.refused is not None
            self._end(_refused(name, prepared, made.refused))
            return True
        self._begun.append((name, prepared))
        self._flying[name] = _Flying(prepared, made.job, 0, 0.0)
        if prepared.reuse:
            self._by_key[prepared.key] = name
        self._submit(name)
        return True

    def _is_shared(self, name: str, prepared: Prepared) -> bool:
        """Whether an equal step of this run has made its outcome, or is executed now."""
        made = self._made.get(prepared.key)
        if made is not None:
            self._end(self._shared(name, prepared, made))
            return True
        other = self._by_key.get(prepared.key)
        if other is not None:
            self._flying[other].others.append(name)
        return other is not None

    def _made_job(self, prepared: Prepared) -> Made:
        try:
            return prepared.make()
        except Exception as wrong:  # what is none of a person's is raised again by `failed`
            return Made(refused=self._steps.failed(wrong))

    def _submit(self, name: str) -> None:
        flying = self._flying[name]
        flying.attempt += 1
        flying.began = time.monotonic()
        self._record()  # before anything waits: a run that is killed now knows what it was about
        self._watching.on_begin(name, flying.attempt)
        future = self._backend.submit(flying.job)
        future.add_done_callback(lambda done: self._arrived.put((name, done)))

    def _wait(self) -> None:
        """Until a step has ended, or it is time to look around."""
        if self._stopping and not self._flying:
            return
        now = time.monotonic()
        seconds = min((moment - now for moment, _ in self._again if moment > now), default=_LOOK_EVERY)
        try:
            arrived = [self._arrived.get(timeout=min(seconds, _LOOK_EVERY))]
        except queue.Empty:
            return
        while not self._arrived.empty():
            arrived.append(self._arrived.get())
        for name, future in arrived:
            self._landed(name, future)

    def _landed(self, name: str, future: Future[Executed]) -> None:
        flying = self._flying[name]
        try:
            outcome = self._steps.finished(flying.job, future.result())
        except Exception as wrong:  # what is none of a person's is raised again by `failed`
            outcome = self._steps.failed(wrong)
        if outcome.status is Status.CANCELLED:
            self._cancelled = True
        self._room.free(name)
        if self._is_tried_again(flying, outcome):
            self._again.append((time.monotonic() + flying.prepared.retry.delay, name))
            return
        del self._flying[name]
        if self._by_key.get(flying.prepared.key) == name:
            del self._by_key[flying.prepared.key]
        end = StepEnd(
            name,
            _STATES[outcome.status],
            flying.prepared.why,
            outcome,
            flying.prepared.key,
            flying.prepared.content,
            attempts=flying.attempt,
            seconds=time.monotonic() - flying.began,
        )
        if end.key is not None and end.state is StepState.SUCCEEDED:
            self._made[end.key] = Earlier("", name, outcome)
        self._end(end)
        self._end_others(end, flying)

    def _end_others(self, end: StepEnd, flying: _Flying) -> None:
        """Steps that are equal to one that has ended: reused where it succeeded, else they are tried themselves."""
        for other in flying.others:
            prepared = self._prepared.get(other)
            if prepared is None:  # it was stopped, or is skipped because of another one
                continue
            if end.state is StepState.SUCCEEDED and end.outcome is not None:
                self._end(self._shared(other, prepared, Earlier("", end.name, end.outcome)))
            else:
                self._wait_for_room(other)

    def _shared(self, name: str, prepared: Prepared, made: Earlier) -> StepEnd:
        """The end of a step that is equal to one of this run: what that printed is this one's, too."""
        return self._reused(name, prepared, replace(made, log=self._steps.log(made.step)))

    def _reused(self, name: str, prepared: Prepared, earlier: Earlier) -> StepEnd:
        return StepEnd(
            name, StepState.REUSED, prepared.why, earlier.outcome, prepared.key, prepared.content, earlier=earlier
        )

    def _is_tried_again(self, flying: _Flying, outcome: Outcome) -> bool:
        retry = flying.prepared.retry
        if self._stopping or outcome.failure is None or flying.attempt >= retry.attempts:
            return False
        kind = outcome.failure.kind
        return kind is not FailureKind.CANCELLED and (not retry.kinds or kind.value in retry.kinds)

    def _start_again(self) -> None:
        """Try again what failed and is due, if there is room."""
        if self._stopping:
            self._give_up()
            return
        now = time.monotonic()
        for each in [each for each in self._again if each[0] <= now]:
            name = each[1]
            if self._room.take(name, self._flying[name].prepared.peak):
                self._again.remove(each)
                self._submit(name)

    def _give_up(self) -> None:
        """What waits to be tried again is not, when a run stops."""
        for _, name in self._again:
            flying = self._flying.pop(name)
            why = "the run was stopped before it was tried again"
            prepared = flying.prepared
            self._end(
                StepEnd(
                    name, StepState.STOPPED, why, key=prepared.key, content=prepared.content, attempts=flying.attempt
                )
            )
        self._again.clear()

    def _stop_waiting(self) -> None:
        """When a run stops, nothing new begins."""
        for name in self._plan.left():
            if name not in self._flying and name not in self.ends:
                self._end(StepEnd(name, StepState.STOPPED, "the run was stopped before it began"))
        self._waiting.clear()

    def _end(self, end: StepEnd) -> None:
        """A step has ended: others may start, or never can."""
        self.ends[end.name] = end
        self._prepared.pop(end.name, None)
        self._keep_results(end)
        self._unrecorded.append(end)
        self._watching.on_end(end)
        for name, why in self._plan.ended(end.name, end.state.value, self._flying):
            skipped = StepEnd(name, StepState.SKIPPED, why)
            self.ends[name] = skipped
            self._prepared.pop(name, None)
            self._unrecorded.append(skipped)
            self._watching.on_end(skipped)

    def _keep_results(self, end: StepEnd) -> None:
        self._results.update({(end.name, port): made for port, made in end.results.items()})

    def _record(self) -> None:
        if self._begun or self._unrecorded:
            begun, ended = self._begun, self._unrecorded
            self._begun, self._unrecorded = [], []
            self._recorder.record(begun, ended)


def _refused(name: str, prepared: Prepared, outcome: Outcome) -> StepEnd:
    return StepEnd(name, _STATES[outcome.status], outcome=outcome, key=prepared.key, content=prepared.content)
