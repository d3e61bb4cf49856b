"""What only a real engine can show: a taught judge ranks what it was taught, a sweep loads once, kills lose nothing."""

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, NoReturn

import pytest
from builders import example, packaged_prompts, rubric_set
from conftest import ENGINE, IN_PROCESS, need

from judge import __main__, audit, planning, wiring
from judge.backends import transformers, vllm
from judge.prompting import Asker
from judge.records import Example

RUDE = ("you idiot", "shut up", "stop wasting my time", "that is a stupid question", "go away")
POLITE = (
    "Your order ships in two days.",
    "We refund within 14 days.",
    "Please restart the fan and wait a minute.",
    "The filter lasts about eight months.",
    "I have opened a ticket for you.",
    "You can change the address until noon.",
    "The warranty covers that part.",
    "Press the button for five seconds.",
)
QUESTIONS = ("Where is my order?", "How do I return this?", "The fan is loud.", "What does the warranty cover?")
VARIANTS = ["rubric_set=standard,strict,terse", "selftest=off"]
SETTINGS = ["rubric_set=terse", "~rubrics.factual", "~rubrics.instruction", "~rubrics.format", "review_budget=0.2"]


def row(draw: random.Random, name: str, *, rude: bool) -> Example:
    """A polite support answer, or the same with an insult in it."""
    said = draw.sample(POLITE, draw.randint(1, 3))
    if rude:
        said.insert(draw.randint(0, len(said)), draw.choice(RUDE).capitalize() + ".")
    return example(draw.choice(QUESTIONS), " ".join(said), name=name)


@pytest.fixture(scope="session")
def taught(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny judge, trained for about a minute until it answers the tone question on easy rows."""
    import torch
    from transformers import AutoModelForCausalLM

    encoder = transformers.connect(model=str(tiny), device="cpu").encoder
    tone = next(r for r in rubric_set("terse") if r.name == "tone")
    asker = Asker(prompts=packaged_prompts(), rubrics=(tone,), guide=None, layout="shared", max_tokens=64)
    labels = encoder.label_ids(asker.score(row(random.Random(0), "x", rude=True), 1, tone))
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    steps = torch.optim.AdamW(model.parameters(), lr=1e-3)
    draw, good = random.Random(1), 0
    for _ in range(600):
        kinds = [True, False] * 4
        asked = [asker.score(row(draw, "x", rude=rude), 1, tone) for rude in kinds]
        # most of the tokens are in every prompt: they are computed once, and each tail sees them and itself alone
        prompts = [[int(i) for i in encoder.prepare(request).payload] for request in asked]
        alike = next(n for n, ids in enumerate(zip(*prompts, strict=False)) if len(set(ids)) > 1)
        tails = [prompt[alike:] for prompt in prompts]
        ids = torch.tensor([prompts[0][:alike] + [i for tail in tails for i in tail]])
        places = torch.tensor([[*range(alike), *(alike + n for tail in tails for n in range(len(tail)))]])
        whose = torch.tensor([0] * alike + [n for n, tail in enumerate(tails, start=1) for _ in tail])
        sees = ((whose == 0) | (whose == whose[:, None])).tril()
        ends = whose.bincount().cumsum(0)[1:] - 1
        logits = model(ids, attention_mask=sees[None, None], position_ids=places, logits_to_keep=ends).logits[0]
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor([labels["1" if r else "5"][0] for r in kinds]))
        steps.zero_grad()
        loss.backward()
        steps.step()
        good = good + 1 if loss.item() < 0.05 else 0
        if good == 20:
            break
    assert good == 20, "what it was to be taught was not learnt: the training is at fault, not the audit"
    folder: Path = tmp_path_factory.mktemp("taught")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_bytes((tiny / name).read_bytes())
    model.save_pretrained(folder)
    return folder


def write_rows(path: Path, examples: Sequence[Example]) -> Path:
    """Rows as a prompt/response file."""
    lines = [{"id": e.id, "prompt": e.turns[0].content, "response": e.turns[1].content} for e in examples]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def engine_overrides(tiny: Path, **more: object) -> list[str]:
    """The command line that runs the tiny judge on vLLM's CPU build."""
    flat: dict[str, Any] = {k: v for k, v in {**ENGINE, **more}.items() if k != "structured_outputs_config"}
    return [
        "backend=vllm",
        f"backend.model={tiny}",
        "max_off_scale=1",
        *(f"backend.engine.{k}={v}" for k, v in flat.items()),
    ]


def test_taught_judge_ranks_what_it_was_taught(
    taught: Path, tmp_path: Path, engine_apart: dict[str, Any], measured: Callable[[str], None]
) -> None:
    """
    Prompt, label position, log-probabilities, score and rank carry signal.

    A judge that was taught rudeness, audited through the real engine with every model-free signal switched off, puts
    all rude rows before all others, on rows it was not trained on.
    """
    draw = random.Random(2)
    examples = [row(draw, f"{'rude' if n % 6 == 0 else 'kind'}-{n}", rude=n % 6 == 0) for n in range(120)]
    data = write_rows(tmp_path / "rows.jsonl", examples)
    overrides = [*SETTINGS, "+dataset=local", f"dataset.path={data}", "backend=none", "quiet=true"]
    overrides += [
        "report=false",
        "pair_weight=0",
        "pairs.budget=0",
    ]  # its few answers stand under one question by chance
    config = wiring.compose([*overrides, f"store={tmp_path / 'replies.sqlite'}"])
    parts = wiring.build(config, rubric_set="terse", out=tmp_path / "run")

    need("vllm")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in IN_PROCESS.items():
            patch.setenv(name, value)
        judge = vllm.connect(model=str(taught), engine=ENGINE)
        parts = replace(parts, backend=judge, signals=(), protocol="score")
        plan = planning.run(parts)
        assert engine_apart == {}, "a plan loads no engine"
        outcome = audit.run(parts)

    first = [s.example.id for s in outcome.suspects[:20]]
    severities = [reason.severity for s in outcome.suspects[:20] for reason in s.reasons]
    measured(f"taught judge through vLLM: {sum('rude' in name for name in first)} of 20 rude rows in the first 20")
    assert [name.split("-")[0] for name in first] == ["rude"] * 20
    assert min(severities) > 0.75
    assert outcome.accounting.judged == 120
    cost = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))["cost"]["scores"]
    computed = cost["prompt_tokens"] - cost["cached_tokens"] + cost["generated_tokens"]
    measured(f"tokens to compute, foretold and by vLLM: {plan.scores.tokens:,} and {computed:,}")
    assert plan.scores.asked == cost["asked"]
    assert 0.8 < plan.scores.tokens / computed < 1.8, "rows that begin alike share more than the forecast knows"


GUARD = """
import ipaddress, socket

def note(text):
    with open({log!r}, "a") as file:
        file.write(text + "\\n")

def local(host):
    if host in (None, "", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    here = [info[4][0] for info in lookup(socket.gethostname(), None)] if not address.is_loopback else []
    return address.is_loopback or address.is_unspecified or host in here

lookup, connect = socket.getaddrinfo, socket.socket.connect

def guarded_lookup(host, *rest, **more):
    name = host.decode() if isinstance(host, bytes) else host
    if not local(name):
        note(f"look-up of {{name}}")
        raise OSError("no way out")
    return lookup(host, *rest, **more)

def guarded_connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and self.type == socket.SOCK_STREAM and not local(address[0]):
        note(f"connection to {{address}}")
        raise OSError("no way out")
    return connect(self, address)

socket.getaddrinfo, socket.socket.connect = guarded_lookup, guarded_connect
note("guarded")
"""


def run(arguments: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line in `folder`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "judge", "run", *arguments],
        cwd=folder,
        env={**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_sweep_loads_one_engine_and_stays_on_this_machine(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Three variants in one sweep are judged by one engine, which vLLM's own log shows being loaded once.

    None of its processes looks up a foreign host or connects to one: every Python it starts carries a guard. Then each
    job is made once more without an engine, its prompts tokenised again, and comes out byte for byte.
    """
    need("vllm")
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD.format(log=str(tmp_path / "egress.txt")), encoding="utf-8")
    draw = random.Random(3)
    data = write_rows(tmp_path / "rows.jsonl", [row(draw, f"r{n}", rude=n % 5 == 0) for n in range(12)])

    done = run(
        ["-m", "+dataset=local", f"dataset.path={data}", *VARIANTS, *engine_overrides(tiny)],
        tmp_path,
        VLLM_LOGGING_LEVEL="INFO",
        PYTHONPATH=os.pathsep.join([str(guard), *filter(None, [os.environ.get("PYTHONPATH")])]),
    )

    manifests = sorted(tmp_path.glob("runs/sweeps/*/*/manifest.json"))
    told = [json.loads(path.read_text(encoding="utf-8")) for path in manifests]
    assert done.returncode == 0, done.stderr[-2000:]
    assert [m["wording"]["rubric_set"] for m in told] == ["standard", "strict", "terse"]
    assert [m["cost"]["scores"]["asked"] for m in told] == [48, 48, 48]
    assert (done.stdout + done.stderr).count("Initializing a V1 LLM engine") == 1
    tried = (tmp_path / "egress.txt").read_text(encoding="utf-8").splitlines()
    assert "guarded" in tried
    assert [line for line in tried if line != "guarded"] == []

    monkeypatch.chdir(tmp_path)
    assert __main__.main(["verify", *(str(path.parent) for path in manifests)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("HOLDS: ") == 3
    assert "taken from the run's own record" not in shown


def stored(path: Path) -> dict[str, tuple[Any, ...]]:
    """All replies of a store by key, with the time each was written."""
    rows = looked_up(path, "SELECT * FROM replies")
    return {row[0]: row[1:] for row in rows}


def looked_up(path: Path, query: str) -> list[Any]:
    """What a store says, while others write to it; nothing before it is made."""
    if not path.exists():
        return []
    with sqlite3.connect(path, timeout=30) as db:
        made = db.execute("SELECT count(*) FROM sqlite_master WHERE name='replies'").fetchone()[0]
        rows = db.execute(query).fetchall() if made else []
    db.close()
    return rows


def in_folder(folder: Path, arguments: list[str]) -> NoReturn:
    """The command line, as the whole work of a process."""
    os.chdir(folder)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - its number is all that is wanted
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    sys.exit(__main__.main(["run", *arguments]))


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> ForkServerContext:
    """Starts processes that have vLLM imported already: for twenty runs, that is most of the time they take."""
    for name, value in IN_PROCESS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["loaded"])
    return context


@pytest.mark.timeout(1200)
def test_twenty_kills_lose_no_reply(
    tiny: Path, tmp_path: Path, forks: ForkServerContext, measured: Callable[[str], None]
) -> None:
    """SIGKILL at 20 random moments: what was stored is never asked again and never changes, and the end is complete."""
    need("vllm")
    draw = random.Random(4)
    data = write_rows(tmp_path / "rows.jsonl", [row(draw, f"r{n}", rude=n % 5 == 0) for n in range(360)])
    store = tmp_path / "runs" / "replies.sqlite"
    arguments = ["+dataset=local", f"dataset.path={data}", "rubric_set=terse", "protocol=score"]
    arguments += ["planting.per_kind=0", "pairs.budget=0"]  # twenty starts need no copies, and no questions of pairs
    # few at a time, so that a kill can fall between any two answers; and a small cache, which is cleared at every start
    arguments += engine_overrides(tiny, max_num_seqs=16, num_gpu_blocks_override=1024)
    before = stored(store)
    for _ in range(20):
        process = forks.Process(target=in_folder, args=(tmp_path, arguments))
        process.start()
        goal = len(before) + draw.randint(0, 40)  # some die while the engine loads, most while it answers
        while process.is_alive() and sum(n for (n,) in looked_up(store, "SELECT count(*) FROM replies")) < goal:
            time.sleep(0.01)
        time.sleep(draw.random() * 0.05)
        assert process.is_alive(), "the run came to its end before it could be killed"
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        after = stored(store)
        assert {key: after.get(key) for key in before} == before
        before = after

    done = run(arguments, tmp_path, **IN_PROCESS)

    (manifest,) = [json.loads(p.read_text(encoding="utf-8")) for p in tmp_path.glob("runs/rows/*/manifest.json")]
    cost = manifest["cost"]["scores"]
    after = stored(store)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {key: after[key] for key in before} == before
    assert cost["asked"] == len(after) - len(before)
    assert cost["needed"] == 1440
    assert manifest["accounting"]["judged"] == 360
    measured(f"vLLM killed 20 times: {len(before):,} of {len(after):,} replies were there before the last run")
