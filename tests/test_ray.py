"""Workers on a real Ray of this machine, each with the real engine: the answers of `vllm`, whoever dies meanwhile."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ENGINE, IN_PROCESS, need
from test_engine import GUARD, looked_up, stored

from judge.backends import ray as judges
from judge.backends import ray_cluster, vllm
from judge.errors import BackendError, ConfigError
from judge.ports import REFUSED, Passage, Prepared
from judge.prompting import rationale_schema
from judge.records import Reply, Request

LABELS = ("1", "2", "3", "4", "5")
ASK = Request(
    system="Grade the record. " * 30, row="<record>\nhello\n</record>\n", question="tone. Label:", labels=LABELS
)
EXPLAIN = replace(ASK, labels=(), schema=rationale_schema(LABELS, 64), max_tokens=60)
SMALL = {**ENGINE, "max_model_len": 2048, "num_gpu_blocks_override": 1024}
WORKERS, BLOCK = 2, 8
INSIDE = WORKERS * 4 * BLOCK  # questions that may be on their way


@pytest.fixture(scope="module")
def judge(tiny: Path) -> Iterator[judges.Ray]:
    """Two workers, which all tests of this file share."""
    need("ray", "vllm")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in IN_PROCESS.items():
            patch.setenv(name, value)
        import ray  # as vLLM does, before it is asked for

        yield judges.connect(model=str(tiny), engine=SMALL, workers=WORKERS, resources={"CPU": 1}, block=BLOCK)
        ray.shutdown()
        judges._resident.clear()  # noqa: SLF001 - they ended with it


def variants(judge: judges.Ray, name: str, count: int) -> list[Prepared]:
    """Requests that differ in their rows."""
    return [judge.prepare(replace(ASK, row=f"<record>\n{name} {n}\n</record>\n")) for n in range(count)]


def answers(judge: judges.Ray | vllm.Vllm, prepared: list[Prepared]) -> dict[str, Reply]:
    """Replies by key; each came once."""
    pairs = [(p.key, reply) for batch in judge.answer(iter(prepared)) for p, reply in batch]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_settings_that_make_no_sense_are_refused_in_words(tiny: Path) -> None:
    """Numbers are looked at before anything is started."""
    need("ray")
    with pytest.raises(ConfigError, match=r"^backend\.workers=0: at least 1 was expected$"):
        judges.connect(model=str(tiny), workers=0)


def test_keys_and_replies_are_those_of_vllm(judge: judges.Ray, tiny: Path, engine_apart: dict[str, Any]) -> None:
    """A store that one has filled serves the other: equal keys, and the same labels, text, stop and tokens."""
    assert engine_apart == {}
    local = vllm.connect(model=str(tiny), engine=SMALL)
    prepared = [*variants(judge, "alike", 40), judge.prepare(EXPLAIN)]
    spoken = [local.prepare(p.request) for p in prepared]
    passage = judge.passage((), "You can return it within 14 days.")

    there = answers(judge, prepared)
    here = answers(local, spoken)
    likely = [reply for batch in local.measure([passage]) for _, reply in batch]

    assert [p.key for p in prepared] == [p.key for p in spoken]
    for key, reply in here.items():
        assert there[key].logprobs == pytest.approx(reply.logprobs, abs=1e-3)
        same = ("stop", "prompt_tokens", "generated_tokens")
        assert [getattr(there[key], name) for name in same] == [getattr(reply, name) for name in same]
    assert there[prepared[-1].key].text == here[prepared[-1].key].text
    assert sum(reply.cached_tokens for reply in there.values()) > 0
    assert 0 < math.fsum(map(math.exp, there[prepared[0].key].logprobs.values())) < 0.5, "true, not masked"
    (measured,) = (reply for batch in judge.measure([passage]) for _, reply in batch)
    assert measured.logprobs == pytest.approx(likely[0].logprobs, abs=1e-3)
    said = judge.describe()
    assert (said["engine"], said["workers"], said["dtype"]) == ("ray", WORKERS, "float32")
    assert said["vllm"]
    assert json.loads(json.dumps(said)) == said


def test_nothing_listens_but_on_the_loopback(judge: judges.Ray) -> None:
    """A Ray of our own can be reached from this machine alone, and the signal that ends a run is still ours."""
    before = signal.getsignal(signal.SIGTERM)
    answers(judge, variants(judge, "ports", 2))

    # other tests of this process may have left engines of theirs
    rays = [process for process in descendants(os.getpid()) if "ray" in named(process)]
    places = [listening for process in rays for listening in ports(process)]

    assert len(places) > 2
    assert [place for place in places if not place.endswith("0100007F")] == []
    assert signal.getsignal(signal.SIGTERM) == before


def test_questions_are_pulled_as_they_are_needed_and_a_stop_leaves_nothing(judge: judges.Ray) -> None:
    """Never more is taken than workers hold; after a round that was given up, the next gets its own answers only."""
    pulled, came = 0, 0
    prepared = variants(judge, "stream", 400)

    def source() -> Iterator[Prepared]:
        nonlocal pulled
        for one in prepared:
            pulled += 1
            yield one

    ahead = []
    for batch in judge.answer(source()):
        ahead.append(pulled - came)
        came += len(batch)
    abandoned = judge.answer(iter(variants(judge, "given up", 400)))
    next(iter(abandoned))
    abandoned.close()  # type: ignore[attr-defined]
    wanted = variants(judge, "after", 1)

    assert came == 400
    assert max(ahead) <= INSIDE + 1, "the next row's first tells where a block ends"
    assert len(ahead) >= 400 / BLOCK
    assert list(answers(judge, wanted)) == [wanted[0].key]


def test_a_prompt_that_the_engine_refuses_costs_no_other(judge: judges.Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reply says why, alone in a block too; where nothing was ever accepted, that is the error of the run."""
    prepared = variants(judge, "fit", 5)
    long = replace(prepared[2], payload=[5] * 3000)

    mixed = answers(judge, [*prepared[:2], long, *prepared[3:]])
    alone = answers(judge, [long])

    assert [mixed[p.key].stop == REFUSED for p in prepared] == [False, False, True, False, False]
    assert (alone[long.key].stop, len(alone[long.key].text.splitlines())) == (REFUSED, 1)
    assert "2048" in alone[long.key].text
    (pool,) = judges._resident.values()  # noqa: SLF001 - as if it were new
    monkeypatch.setattr(pool, "answered", False)
    refused = [replace(long, key=f"refused {n}") for n in range(8)]
    assert {reply.stop for reply in answers(judge, refused[:7]).values()} == {REFUSED}
    with pytest.raises(BackendError, match=r"^vLLM on Ray refuses what it is asked: .*2048"):
        answers(judge, refused)


def test_a_block_ends_with_a_row() -> None:
    """All questions are kept, in order; a row is cut only where it is as long as a block."""

    def one(row: str, n: int) -> Prepared:
        return Prepared(key=f"{row}{n}", payload="", tokens=1, request=replace(ASK, row=row))

    asked = [one(row, n) for row in "abcd" for n in range(3)] + [one("long", n) for n in range(20)]

    blocks = list(judges._blocks(asked, 4))  # noqa: SLF001 - what each worker gets

    assert [p for block in blocks for p in block] == asked
    assert [len(block) for block in blocks] == [6, 6, 8, 8, 4]
    passages = [Passage(key=str(n), payload=[1, 2], tokens=2, begins=1) for n in range(9)]
    assert [len(block) for block in judges._blocks(passages, 4)] == [4, 4, 1]  # noqa: SLF001 - as above


def test_secrets_are_not_told_to_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a cluster shows to all its users holds the engine's settings, and no password."""
    for name in ("HF_TOKEN", "VLLM_API_KEY", "HF_my_secret", "VLLM_PASSWORD", "HF_CREDENTIALS", "OTHER"):
        monkeypatch.setenv(name, "hidden")
    monkeypatch.setenv("VLLM_ATTENTION_BACKEND", "shown")

    told = ray_cluster._environment()  # noqa: SLF001 - what goes into Ray's runtime_env

    assert told["VLLM_ATTENTION_BACKEND"] == "shown"
    assert "hidden" not in told.values()


def test_a_dead_worker_costs_no_answer(judge: judges.Ray) -> None:
    """SIGKILL of one worker in the middle: every question is answered, once, and the worker comes back."""
    prepared = variants(judge, "dead", 600)
    (pool,) = judges._resident.values()  # noqa: SLF001 - to find its processes
    first, second = (process(pool.workers[at]) for at in range(WORKERS))
    came: list[str] = []

    for batch in judge.answer(iter(prepared)):
        came += [p.key for p, _ in batch]
        if len(came) - len(batch) < 100 <= len(came):
            os.kill(first, signal.SIGKILL)

    assert sorted(came) == sorted(p.key for p in prepared)
    assert process(pool.workers[0], back=True) != first
    assert process(pool.workers[1]) == second
    assert len(answers(judge, variants(judge, "then", 200))) == 200
    assert (pool.gone, pool.returning) == (set(), {})


def test_workers_that_find_no_room_are_an_error_at_once(judge: judges.Ray) -> None:
    """Ray would wait for a GPU that does not exist until the end of time."""
    answers(judge, variants(judge, "room", 1))
    started = time.monotonic()

    with pytest.raises(
        BackendError, match=r"^no room for backend.workers=3 that take 1 CPU, 2 GPU each: Ray has .* 0 GPU"
    ):
        ray_cluster.room(replace(judge.cluster, workers=3, resources={"CPU": 1, "GPU": 2}))

    assert time.monotonic() - started < 60


def test_a_second_cluster_in_one_process_is_refused(judge: judges.Ray) -> None:
    """What is said of where rows go would be false of it."""
    answers(judge, variants(judge, "here", 1))
    other = replace(judge, cluster=replace(judge.cluster, address="10.0.0.1:6379"))

    with pytest.raises(ConfigError, match=r"backend\.address=10\.0\.0\.1:6379 after null; sweep over .* separate runs"):
        answers(other, variants(judge, "there", 1))


def test_workers_that_are_all_dead_are_not_kept(judge: judges.Ray) -> None:
    """The last test with them: it is an error, and the next job would start its own."""
    answers(judge, variants(judge, "alive", 1))
    import ray

    (pool,) = judges._resident.values()  # noqa: SLF001 - to kill them
    for worker in pool.workers.values():
        ray.kill(worker)
    with pytest.raises(BackendError, match="workers"):
        answers(judge, variants(judge, "too late", 100))

    assert judges._resident == {}  # noqa: SLF001 - as above


def test_a_cluster_that_is_not_there_is_one_line(tiny: Path, tmp_path: Path) -> None:
    """Nobody waits for the three minutes that Ray would try."""
    need("ray")
    arguments = ["backend=ray", f"backend.model={tiny}", "backend.address=127.0.0.1:1", "+dataset=support_v3"]

    process = start([*arguments, "quiet=true"], tmp_path)
    said = process.communicate(timeout=120)[1].splitlines()

    assert process.returncode == 2
    assert said[-1].startswith("judge: the cluster at backend.address=127.0.0.1:1 cannot be reached: ")


def test_a_killed_run_goes_on_with_what_is_missing_and_stays_on_this_machine(tiny: Path, tmp_path: Path) -> None:
    """
    SIGKILL of the command in the middle of its answers; the same one again asks only the rest, and `vllm` nothing.

    None of the second one's processes looks up a foreign host or connects to one, and nothing of it is left behind.
    """
    need("ray", "vllm")
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD.format(log=str(tmp_path / "egress.txt")), encoding="utf-8")
    rows = [{"id": f"r{n}", "prompt": f"Where is order {n}?", "response": f"In {n} days."} for n in range(300)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    engine = {k: v for k, v in SMALL.items() if k != "structured_outputs_config"} | {"max_num_seqs": 4}
    settings = [f"backend.model={tiny}", "max_off_scale=1", *(f"backend.engine.{k}={v}" for k, v in engine.items())]
    settings += ["+dataset=local", "dataset.path=rows.jsonl", "protocol=score", "selftest=off", "pairs.budget=0"]
    own = ["backend=ray", "backend.resources={CPU: 1}", "backend.block=4", "quiet=true", "report=false"]
    store = tmp_path / "runs" / "replies.sqlite"

    first = start([*own, *settings], tmp_path)
    while not looked_up(store, "SELECT 1 FROM replies LIMIT 1 OFFSET 40"):
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    first.kill()
    first.communicate()
    before = stored(store)
    second = start(
        [*own, *settings], tmp_path, PYTHONPATH=os.pathsep.join([str(guard), os.environ.get("PYTHONPATH", "")])
    )
    said = second.communicate(timeout=300)
    third = start(["backend=vllm", "quiet=true", "report=false", *settings], tmp_path)
    third.communicate(timeout=120)

    manifests = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(tmp_path.glob("runs/rows/*/manifest.json"))
    ]
    assert (second.returncode, third.returncode) == (0, 0), said
    assert said == ("", "")
    assert [run["cost"]["scores"]["asked"] for run in manifests] == [1200 - len(before), 0]
    assert 40 < len(before) < 1200
    after = stored(store)
    assert {key: after[key] for key in before} == before
    assert len(after) == 1200
    assert manifests[0]["egress"].startswith("none")
    tried = (tmp_path / "egress.txt").read_text(encoding="utf-8").splitlines()
    assert {line for line in tried if line != "guarded"} == set()


def start(arguments: list[str], folder: Path, **environment: str) -> "subprocess.Popen[str]":
    """The command line in `folder`, running."""
    return subprocess.Popen(
        [sys.executable, "-m", "judge", "run", *arguments],
        cwd=folder,
        env={**os.environ, **IN_PROCESS, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def process(worker: object, *, back: bool = False) -> int:
    """A worker's process; `back` waits for one that is started anew."""
    import ray

    return int(ray.get(worker.about.options(max_task_retries=-1 if back else 0).remote(), timeout=240)["pid"])  # type: ignore[attr-defined]


def descendants(pid: int) -> Iterator[int]:
    """All processes that this one has started, and that these have."""
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, file.read_text().split()):
            yield child
            yield from descendants(child)


def named(pid: int) -> str:
    """Its command line; nothing where it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def ports(pid: int) -> Iterator[str]:
    """The addresses at which a process listens, as the kernel prints them."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    listens = {line[9]: line[1].partition(":")[0] for line in lines if line[3] == "0A"}
    for fd in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            inode = str(fd.readlink()).removeprefix("socket:[").removesuffix("]")
        except OSError:
            continue
        if inode in listens:
            yield listens[inode]
