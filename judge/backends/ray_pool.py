"""
Workers on Ray, kept busy: blocks go out, and come back whole, in any order.

What a worker had when it died is sent to the others, while Ray starts it anew.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from judge.backends.ray_cluster import Cluster, errors, logs, room
from judge.backends.ray_worker import Prompt, Said, Worker
from judge.errors import BackendError
from judge.ports import Sent

_AHEAD = 4  # blocks at each worker: its engine is never empty, and little is lost with it
_RESTARTS = 3  # of each worker
_TRIES = 3  # deaths that one block may witness
P = TypeVar("P", bound=Sent)
_numbers = itertools.count()


@dataclass(slots=True, kw_only=True)
class Block(Generic[P]):
    """Questions that travel together, and how many workers died with them."""

    sent: Sequence[P]
    prompts: Sequence[Prompt]
    number: int = field(default_factory=lambda: next(_numbers))
    deaths: int = 0


@dataclass(slots=True, kw_only=True)
class Pool:
    """
    Running workers.

    Attributes:
        workers: by number.
        about: what the first of them says of itself.
        group: their place.
        patience: seconds to wait where all of them have died.
        returning: by what tells that a worker is there again, its number.
        gone: those that do not come back.
        answered: whether an engine of theirs has ever taken a prompt.
    """

    workers: Mapping[int, Any]
    about: Mapping[str, object]
    group: Any
    patience: float
    returning: dict[Any, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    answered: bool = False

    @property
    def dead(self) -> bool:
        """Whether no worker is there."""
        return self.workers.keys() <= self.gone | set(self.returning.values())

    def run(self, more: Callable[[], Block[P] | None]) -> Iterator[tuple[Block[P], Sequence[Said]]]:
        """
        Send what `more` gives until it gives None, and yield each block with what was said to it.

        Raises:
            BackendError: no worker is left, or each that is given the same block dies.
        """
        flying: dict[Any, tuple[int, Block[P]]] = {}
        again: deque[Block[P]] = deque()
        ended = False
        try:
            while True:
                while (at := self._free(flying)) is not None:
                    block = again.popleft() if again else None if ended else more()
                    if block is None:
                        ended = True
                        break
                    with errors():
                        flying[self.workers[at].answer.remote(block.number, block.prompts)] = (at, block)
                if ended and not flying and not again:
                    return
                for ref in self._back(flying):
                    at, block = flying.pop(ref)
                    said = self._said(ref, at, block)
                    if said is None:
                        again.append(block)
                    else:
                        yield block, said
        finally:
            for at, block in flying.values():  # stopped early: nobody waits for these any more
                self.workers[at].drop.remote([block.number])

    def end(self) -> None:
        """Kill all workers, and give their place back."""
        import ray

        for worker in self.workers.values():
            ray.kill(worker)
        ray.util.remove_placement_group(self.group)

    def _free(self, flying: Mapping[Any, tuple[int, Block[P]]]) -> int | None:
        """The worker that has least to do, if it takes another block."""
        load = dict.fromkeys(self.workers.keys() - self.gone - set(self.returning.values()), 0)
        for at, _ in flying.values():
            if at in load:
                load[at] += 1
        least = min(load, key=lambda at: (load[at], at), default=None)
        return None if least is None or load[least] >= _AHEAD else least

    def _back(self, flying: Mapping[Any, object]) -> Sequence[Any]:
        """Blocks that have come back; none where it was a worker that did."""
        import ray

        if not flying and not self.returning:
            raise BackendError(f"all workers of Ray have died; {logs()}")
        with errors():
            ready, _ = ray.wait([*flying, *self.returning], timeout=None if flying else self.patience)
        if not ready:
            raise BackendError(f"all workers of Ray have died, and none is back after {self.patience:g} s; {logs()}")
        for ref in [ref for ref in ready if ref in self.returning]:
            at = self.returning.pop(ref)
            try:
                ray.get(ref)
            except ray.exceptions.RayError:
                self.gone.add(at)
        return [ref for ref in ready if ref in flying]

    def _said(self, ref: Any, at: int, block: Block[P]) -> Sequence[Said] | None:  # noqa: ANN401 - as below
        """What a worker gave back; None where it died, and the block must be sent again."""
        import ray

        with errors():
            try:
                said: Sequence[Said] = ray.get(ref)
            except (ray.exceptions.RayActorError, ray.exceptions.ObjectLostError) as error:
                block.deaths += 1
                if block.deaths >= _TRIES:
                    raise BackendError(f"{block.deaths} workers died of the same questions; {logs()}") from error
                if at not in self.gone and at not in self.returning.values():
                    self.returning[self.workers[at].about.options(max_task_retries=-1).remote()] = at
                return None
        return said


def start(cluster: Cluster, told: Mapping[str, object]) -> Pool:
    """
    Load all workers, each in its place.

    Args:
        cluster: joined already.
        told: arguments of `Worker`.

    Raises:
        BackendError: there is no room, or a worker's node has not the model, or its engine does not load.
    """
    import ray
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

    with errors():
        group = room(cluster)
        take = dict(cluster.resources)
        cores, gpus = take.pop("CPU", 0), take.pop("GPU", 0)
        shape = {"num_cpus": cores, "num_gpus": gpus, "resources": take, "max_restarts": _RESTARTS}
        workers: dict[int, Any] = {}
        for at in range(cluster.workers):
            place = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=at)
            actor = ray.remote(Worker).options(**shape, max_concurrency=2 * _AHEAD, scheduling_strategy=place)
            workers[at] = actor.remote(**told)
        try:
            about = ray.get([worker.about.remote() for worker in workers.values()])
        except BaseException:
            ray.util.remove_placement_group(group)
            raise
    return Pool(workers=workers, about=about[0], group=group, patience=cluster.patience)
