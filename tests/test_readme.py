"""The README tells the truth: its commands run, its figures are those measured, its tree is the tree."""

import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import forked
import pytest

from judge.__main__ import USAGE

BASH = shutil.which("bash") or "bash"
WORDS = r"""python() { printf '%s\0' "$@" $'\n'; }; """  # what a shell makes of a line, instead of doing it
ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
INSTALLS = [line for line in COMMANDS if line.startswith("pip ")]
ELSEWHERE = {"backend=server": "vllm serve MODEL", "experiment=slurm": "slurm cluster"}  # where there is none
JUDGE = [line.removeprefix("pip install -e . && ") for line in COMMANDS if "python -m judge" in line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder, with the files that the README's commands speak of; they are run there one after the other."""
    path = tmp_path_factory.mktemp("user")
    (path / "my.jsonl").write_text(
        "".join(
            f'{{"id": "{n}", "prompt": "What is {n} plus one?", "response": "It is {n + 1}."}}\n' for n in range(20)
        ),
        encoding="utf-8",
    )
    (path / "my.csv").write_text('question,reply\nIs it open?,"Yes, it is."\nAnd now?,It still is.\n', encoding="utf-8")
    shutil.copy(ROOT / "data" / "support_guide.md", path / "my_guide.md")
    (path / "more.jsonl").write_text('{"prompt": "Is it shut?", "response": "No, it is not."}\n', encoding="utf-8")
    (path / "data").mkdir()  # its files come before the packaged ones: a part of a set shows what all of it would
    for name in ("support_v3.jsonl", "support_v4.jsonl"):
        rows = (ROOT / "data" / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (path / "data" / name).write_text("".join(rows[::6]), encoding="utf-8")
    (path / "labels.jsonl").write_text('{"example_id": "3", "decision": "keep"}\n', encoding="utf-8")
    kind, mine = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    for name, text in (("conf/rubric/kind.yaml", kind), ("conf/rubric_set/mine.yaml", mine)):
        (path / name).parent.mkdir(parents=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


@lru_cache
def ran(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """What became of a command, run once however often it is named: its words are those that a shell reads."""
    said = subprocess.run([BASH, "-c", WORDS + command], cwd=folder, capture_output=True, text=True, check=True)
    assert said.stderr == ""
    for one in said.stdout.removesuffix("\0\n\0").split("\0\n\0"):
        assert one.startswith("-m\0judge\0")
        words = one.split("\0")[2:]
        done = forked.judge(*words, cwd=folder, until="http://" if words[0] == "review" else "")
        if done.returncode:
            break
    return done


@pytest.mark.parametrize("command", JUDGE)
def test_commands_of_the_readme_run(folder: Path, command: str) -> None:
    """Every command does what it says; one that needs a model, a server or a cluster says how to get it."""
    done = ran(folder, command)

    if away := [word for what, word in ELSEWHERE.items() if what in command]:
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert away[0] in done.stderr
    elif model := re.search(r"[\w-]+/(?:Qwen3|all-MiniLM)[\w.-]*", command):
        assert done.returncode == 2
        assert f"hf download {model[0]}" in done.stderr or "pip install 'judge[" in done.stderr
    else:
        # Optuna's own word, and that of a gate on the first night
        told = [line for line in done.stderr.splitlines() if not re.search("A new study created| not checked: ", line)]
        assert (done.returncode, told) == (0, [])


@pytest.mark.parametrize("command", re.findall(r"^  (python -m judge (?:run|compare).*?)(?:  |$)", USAGE, re.MULTILINE))
def test_commands_of_the_help_run(folder: Path, command: str) -> None:
    """The examples in `python -m judge --help` work as they stand."""
    done = ran(folder, command)

    assert (done.returncode, done.stderr) == (0, "")


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """`.ci/run` takes its test command from the README, where there is exactly one."""
    (command,) = [line for line in INSTALLS if "pytest" in line]
    assert command == "pip install -e '.[dev]' && pytest"
    assert "grep -m1 '&& pytest$' README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_figures_are_those_measured(tmp_path: Path) -> None:
    """The recall and average precision in the README are what the main command prints."""
    done = ran(tmp_path, "python -m judge run +dataset=support_v3")

    tested, line = [line for line in done.stdout.splitlines() if line.startswith(("self-test", "against the known"))]
    recall, precision = re.findall(r"0\.\d+", line)
    assert {tested, line} <= set(README.splitlines())
    assert f"Average precision {precision} and recall {recall} at the 5 % budget" in README


def test_tree_names_every_module() -> None:
    """Each module and folder of the package stands in the README's tree."""
    tree = README.split("## Where things are")[1]
    places = [p for p in (ROOT / "judge").iterdir() if p.name not in {"__pycache__", "__init__.py"}]
    missing = [p.name for p in places if f"judge/{p.name}" not in tree and p.stem not in tree]
    assert missing == []
