"""The command line as its user meets it: processes of their own in an empty folder."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import forked
import pandas as pd
import pytest

from judge.__main__ import main

ROOT = Path(__file__).resolve().parent.parent
ROWS = [{"id": f"r{n}", "prompt": f"What is {n} plus {n}?", "response": f"It is {2 * n}."} for n in range(1, 31)]


def judge(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`python -m judge ...` in `cwd`, to its end; without a page, which has tests of its own."""
    runs = arguments[0] == "run" and "--help" not in arguments
    return forked.judge(*arguments, *(["report=false"] if runs else []), cwd=cwd)


def fresh(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m judge ...` in `cwd`, to its end, from a fresh interpreter: where it matters how one starts."""
    return subprocess.run(
        [sys.executable, "-m", "judge", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`judge ...` as above in the test's folder, without a process of its own: what is said and the exit code."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["judge"])  # Hydra reads it
            patch.setenv("HYDRA_FULL_ERROR", "1")
            code = main(list(arguments))
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    return run


def local(folder: Path) -> list[str]:
    """Arguments for a small file of one's own."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return ["run", "+dataset=local", "dataset.path=rows.jsonl"]


def part(folder: Path) -> None:
    """Let the example set be every sixth of its rows in this folder, where a few show what all of them would."""
    rows = (ROOT / "data" / "support_v3.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "data").mkdir()
    (folder / "data" / "support_v3.jsonl").write_text("".join(rows[::6]), encoding="utf-8")


def asked(output: str) -> int:
    """How many questions a run says it asked."""
    return int(re.findall(r"^([\d,]+) questions asked", output, flags=re.MULTILINE)[-1].replace(",", ""))


def only_run(folder: Path) -> Path:
    """The one run folder below `folder`."""
    (manifest,) = folder.glob("runs/**/manifest.json")
    return manifest.parent


def test_main_command_ranks_the_example_set_without_a_gpu(tmp_path: Path, measured: Callable[[str], None]) -> None:
    """In an empty folder the main command says that no judge was asked, accounts for every row and writes all files."""
    done = fresh("run", "+dataset=support_v3", cwd=tmp_path, CUDA_VISIBLE_DEVICES="")

    run = only_run(tmp_path)
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    quality = manifest["against_truth"]
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[0].startswith("NO JUDGE: support_v3 will be ranked by findings alone (chosen by backend=auto: ")
    assert "800 rows in = 0 judged + 800 unscored (800 no_judge) + 0 not sampled + 0 rejected" in lines
    assert sorted(p.name for p in run.iterdir()) == [
        "examples.parquet",
        "groups.jsonl",
        "manifest.json",
        "pairs.parquet",
        "rejects.jsonl",
        "replies.parquet",
        "report.html",
        "selftest.jsonl",
        "suspects.csv",
        "suspects.jsonl",
    ]
    assert manifest["judge"]["backend"] == "none"
    assert manifest["judge"]["says"] == "NO JUDGE: ranked by findings alone"
    assert len((run / "suspects.jsonl").read_text(encoding="utf-8").splitlines()) == 800
    assert len(pd.read_parquet(run / "examples.parquet")) == 800
    measured(
        f"support_v3, no judge: recall at the 5 % budget {quality['recall_at_budget']:.2f},"
        f" average precision {quality['average_precision']:.3f} ({quality['defects']} defects in 800 rows)"
    )
    assert quality["recall_at_budget"] > 0.4


def test_help_imports_nothing_heavy() -> None:
    """`python -m judge --help` answers before hydra, pandas or an engine could be imported, and names the verbs."""
    heavy = ("hydra", "omegaconf", "numpy", "pandas", "pyarrow", "sklearn", "torch", "jinja2", "rich", "tqdm")
    program = (
        "import sys; from judge.__main__ import main; main(['--help']);"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
    assert "python -m judge run +dataset=support_v3" in done.stdout
    assert "python -m judge doctor" in done.stdout


def test_run_help_teaches_groups_and_keys(tmp_path: Path) -> None:
    """`run --help` shows examples, every group with its options, and every key with its default."""
    done = judge("run", "--help", cwd=tmp_path)

    assert done.returncode == 0
    for word in (
        "dataset.columns.prompt=question",
        "rubric_set: standard, strict, terse",
        "backend: auto, none, ray, scripted, server, transformers, vllm",
        "review_budget: 0.05",
        "suspects.jsonl",
    ):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "there is no verb 'nope'"),
        (["run"], "no data set is chosen; add one of +dataset=local dataset.path=FILE, +dataset=support_v3"),
        (["run", "dataset=support_v3"], "no data set is chosen yet; add one of"),
        (
            ["run", "+dataset=nope"],
            "Could not find 'dataset/nope' Available options in 'dataset': files local support_v3",
        ),
        (["run", "+dataset=local"], "dataset.path has no value"),
        (["run", "+dataset=local", "dataset.path=rowz.jsonl"], "no such file: rowz.jsonl"),
        (["run", "+dataset=local", "dataset.path=."], "it is a folder but no saved data set"),
        (
            ["run", "+dataset=support_v3", "review_budgt=.1"],
            "there is no key 'review_budgt'; did you mean review_budget?",
        ),
        (["run", "+dataset=support_v3", "review_budget=x"], "review_budget: Value 'x' of type 'str'"),
        (["run", "+dataset=support_v3", "review_budget=2"], "review_budget=2.0: a share in [0, 1] was expected"),
        (["run", "+dataset=support_v3", "+new=1"], "Key 'new' not in 'Config'"),
        (["run", "+dataset=support_v3", "layout=x"], "layout=x: choose one of shared, rubric_first"),
        (["run", "+dataset=support_v3", "signals.skip=[rud]"], "signals: there is no 'rud'; there are arithmetic"),
        (["run", "+dataset=support_v3", "rubrics.tone.question="], "rubric 'tone': question is empty"),
        (["run", "+dataset=support_v3", "rubrics.tone.template=x.j2"], "prompts/x.j2 does not exist"),
        (["run", "+dataset=support_v3", "dataset.guide=no.md"], "dataset.guide=no.md cannot be read"),
        (
            ["run", "+dataset=support_v3", "dataset.columns.prompt=foo"],
            "dataset.columns.prompt=foo, but no row has `foo`",
        ),
        (["run", "+dataset=support_v3", "backend=scripted", "backend.foo=1"], "there is no key 'backend.foo'"),
        (
            ["run", "+dataset=local", "dataset.path=rows.jsonl", "backend=scripted", "backend.limit=99"],
            "leave no room for a row in the judge's context",
        ),
        (["run", "+dataset=support_v3", "rubrics.tone.weight=7"], "weight must lie in [0, 1], got 7"),
        (["run", "+dataset=support_v3", "store=."], "check the path"),
        (["run", "my.jsonl"], "to audit a file: +dataset=local dataset.path=my.jsonl"),
        (["run", "+dataset=support_v3", "top=-1"], "top=-1: a number of rows was expected"),
        (["run", "+dataset=support_v3", "rationale_tokens=0"], "at least 32 are needed"),
        (["run", "+dataset=support_v3", "rubrics.tone.levels=[a,b]"], "rubrics.tone.levels: Cannot merge"),
        (["run", "+dataset=support_v3", "backend=scripted", "backend.batch=0"], "at least 1 was expected"),
        (["run", "+dataset=support_v3", "dataset.path=data/support_guide.md"], "support_guide.md"),
        (["run", "+dataset=support_v3", "hydra.run.dir=/proc/nope"], "the run's folder cannot be made"),
        (["doctor", "please"], "'please' is none"),
        (["run", "+dataset=support_v3", "+a=[1"], "no viable alternative at input"),
    ],
)
def test_user_errors_are_one_line_that_says_what_to_do(
    tmp_path: Path, here: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], said: str
) -> None:
    """What a user can get wrong ends with exit code 2, one line, and no finished run."""
    local(tmp_path)
    done = here(*arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.glob("runs/**/manifest.json")) == []


def test_wrong_file_stops_the_run_and_leaves_the_rejects(tmp_path: Path) -> None:
    """A file that is plainly the wrong one stops with the first reasons; its rejects can be read."""
    (tmp_path / "rows.jsonl").write_text(
        '{"prompt": "a", "response": "b"}\n{"prompt": 1}\nnot json\n', encoding="utf-8"
    )

    done = judge("run", "+dataset=local", "dataset.path=rows.jsonl", cwd=tmp_path)

    (rejects,) = tmp_path.glob("runs/rows/*/rejects.jsonl")
    assert done.returncode == 2
    assert "2 of 3 rows (66.7%) cannot be read, more than max_rejects=0.05 allows. First: line 2" in done.stderr
    assert [json.loads(line)["line"] for line in rejects.read_text(encoding="utf-8").splitlines()] == [2, 3]
    assert not list(tmp_path.glob("runs/rows/*/manifest.json"))


def test_bad_rows_are_rejected_and_counted_and_an_empty_answer_is_a_suspect(tmp_path: Path) -> None:
    """Unreadable rows go to rejects.jsonl; an empty answer is audited and ranks first."""
    arguments = local(tmp_path)
    with (tmp_path / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "hole", "prompt": "Hello?", "response": ""}\n{"prompt": \n')

    done = judge(*arguments, cwd=tmp_path)

    run = only_run(tmp_path)
    first = json.loads((run / "suspects.jsonl").read_text(encoding="utf-8").splitlines()[0])
    (reject,) = [json.loads(x) for x in (run / "rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert done.returncode == 0
    assert "32 rows in = 0 judged + 31 unscored (31 no_judge) + 0 not sampled + 1 rejected" in done.stdout
    assert (first["example_id"], first["reasons"][0]["name"]) == ("hole", "empty")
    assert (reject["line"], reject["text"]) == (32, '{"prompt": ')


@pytest.mark.parametrize("name", ["vllm", "transformers"])
def test_named_judge_that_is_missing_is_an_error(tmp_path: Path, name: str) -> None:
    """Who names a judge never gets a model-free audit instead: a missing engine or model is exit code 2."""
    done = judge(*local(tmp_path), f"backend={name}", "backend.model=no/such", cwd=tmp_path)

    assert done.returncode == 2
    assert "pip install 'judge[" in done.stderr or "hf download no/such" in done.stderr


def test_nightly_names_its_judge(tmp_path: Path) -> None:
    """The nightly recipe names vLLM, so that a broken driver cannot turn it into a model-free run."""
    done = judge(*local(tmp_path), "experiment=nightly", "backend.model=no/such", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""


def test_sweep_writes_a_folder_a_job_and_survives_a_failing_one(tmp_path: Path) -> None:
    """A job that fails does not stop the others, is named at the end, and the exit code tells."""
    arguments = [*local(tmp_path), "-m", "backend=scripted", "rubric_set=standard,terse", "review_budget=0.1,7"]

    done = judge(*arguments, cwd=tmp_path)

    (sweep,) = (tmp_path / "runs" / "sweeps").iterdir()
    written = sorted(p.parent.name for p in sweep.glob("*/manifest.json"))
    assert done.returncode == 2
    assert written == ["0", "2"]
    last = done.stderr.splitlines()[-1]
    assert last.startswith("judge: 2 of 4 jobs failed: #1 ")
    assert "review_budget=7" in last
    assert "Traceback" not in done.stderr


def test_objective_reaches_a_hydra_sweeper(tmp_path: Path) -> None:
    """A job's objective is what Hydra's sweepers receive as its return value; a failed job is NaN."""
    part(tmp_path)
    plugins = tmp_path / "plugins" / "hydra_plugins"
    plugins.mkdir(parents=True)
    (plugins / "noting_sweeper.py").write_text(
        "import json, pathlib\n"
        "from hydra._internal.core_plugins.basic_sweeper import BasicSweeper\n"
        "from hydra.core.config_store import ConfigStore\n"
        "class NotingSweeper(BasicSweeper):\n"
        "    def sweep(self, arguments):\n"
        "        batches = super().sweep(arguments)\n"
        "        values = [job.return_value for batch in batches for job in batch]\n"
        "        pathlib.Path('values.json').write_text(json.dumps(values))\n"
        "        return batches\n"
        "node = {'_target_': 'hydra_plugins.noting_sweeper.NotingSweeper', 'max_batch_size': None, 'params': None}\n"
        "ConfigStore.instance().store(group='hydra/sweeper', name='noting', node=node, provider='test')\n",
        encoding="utf-8",
    )
    arguments = [
        "run",
        "-m",
        "+dataset=support_v3",
        "hydra/sweeper=noting",
        "signals.skip=[],[empty]",
        "backend=none,x",
    ]

    done = fresh(
        *arguments[:-1], "report=false", "review_budget=0.05,9", cwd=tmp_path, PYTHONPATH=str(tmp_path / "plugins")
    )

    values = json.loads((tmp_path / "values.json").read_text(encoding="utf-8"))
    objectives = [json.loads(p.read_text("utf-8"))["objective"] for p in sorted(tmp_path.glob("runs/**/manifest.json"))]
    assert done.returncode == 2
    assert [v for v in values if v == v] == objectives  # noqa: PLR0124 - NaN is what differs from itself
    assert len(values) == 4


def test_own_conf_and_prompts_come_first(tmp_path: Path) -> None:
    """A rubric set, a data set and a template in the user's folder are found before the packaged ones."""
    arguments = local(tmp_path)
    for name, text in {
        "conf/rubric_set/mine.yaml": "# @package _global_\ndefaults:\n  - /rubric@rubrics.kind: kind\n",
        "conf/rubric/kind.yaml": "question: Is it kind?\nlevels: {a: no, b: yes}\n".replace("no", '"no"').replace(
            "yes", '"yes"'
        ),
        "conf/dataset/support_v3.yaml": "name: ours\npath: rows.jsonl\n",
        "prompts/question.j2": "MY QUESTION {{ rubric.name }}",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    chosen = ["+dataset=support_v3", "rubric_set=mine", "backend=scripted", "selftest=off"]
    done = judge("run", *chosen, cwd=tmp_path)
    swept = judge("run", "-m", *chosen, cwd=tmp_path)

    (run,) = (tmp_path / "runs" / "ours").iterdir()
    assert arguments
    assert (done.returncode, swept.returncode) == (0, 0)
    assert "kind.score" in pd.read_parquet(run / "examples.parquet").columns
    assert asked(done.stdout) == 30 + 2  # and a rationale for each row inside the budget
    assert asked(swept.stdout) == 0


def test_conf_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A training project's own Hydra configuration does not get in the way, and the run says that it was not read."""
    arguments = local(tmp_path)
    (tmp_path / "conf" / "backend").mkdir(parents=True)
    (tmp_path / "conf" / "config.yaml").write_text("defaults: [trainer: gpu]\nlr: 0.1\n", encoding="utf-8")
    (tmp_path / "conf" / "backend" / "auto.yaml").write_text("kind: postgres\n", encoding="utf-8")

    done = judge(*arguments, cwd=tmp_path)
    doctor = judge("doctor", cwd=tmp_path)

    assert (done.returncode, doctor.returncode) == (0, 0)
    assert done.stderr.startswith("judge: noted: conf/ here belongs to another program")
    assert len(done.stderr.splitlines()) == 1


def test_truth_of_another_set_is_refused(tmp_path: Path) -> None:
    """A file of one's own is never measured against the example set's defects."""
    local(tmp_path)

    done = judge("run", "+dataset=support_v3", "dataset.path=rows.jsonl", cwd=tmp_path)

    assert done.returncode == 2
    assert "none of these rows is in rows.jsonl; for a file of your own: +dataset=local" in done.stderr


def test_closed_pipe_and_poor_terminal_are_no_failures(tmp_path: Path) -> None:
    """A reader that goes away (`| head -1`) and a terminal without Unicode cost nothing."""
    part(tmp_path)
    command = f"{sys.executable} -m judge run +dataset=support_v3 top=40 report=false"
    piped = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {command} | head -1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {command} dataset.path=nope.jsonl 2>&1 | true"],
        cwd=tmp_path,
        check=False,
    )
    helped = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {sys.executable} -m judge --help | true"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    poor = fresh("run", "+dataset=support_v3", "report=false", cwd=tmp_path, PYTHONIOENCODING="ascii")

    assert (piped.returncode, piped.stderr) == (0, "")
    assert (failed.returncode, helped.returncode, helped.stderr) == (2, 0, "")
    assert (poor.returncode, poor.stderr) == (0, "")
    assert len(list(tmp_path.glob("runs/support_v3/*/manifest.json"))) == 2


def test_text_of_rows_commands_no_terminal(tmp_path: Path) -> None:
    """Escape sequences, markup and emoji names in a row are shown, not obeyed."""
    row = {
        "id": "\x1b[31mred",
        "prompt": "Hi [bold]?",
        "response": "{{name}} \x1b]0;owned\x07 :smile: [red]you idiot[/red]",
    }
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")

    done = judge("run", "+dataset=local", "dataset.path=rows.jsonl", cwd=tmp_path)

    (table,) = tmp_path.glob("runs/rows/*/suspects.csv")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + table.read_text(encoding="utf-8")
    assert "\x07" not in table.read_text(encoding="utf-8")
    assert "\ufffd[31mred" in done.stdout


def test_foreign_template_variable_is_found_before_the_run(tmp_path: Path) -> None:
    """A template that names a variable it is not given is one line before any work, with the names there are."""
    arguments = local(tmp_path)
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "row.j2").write_text("{{ turns }} {{ answr }}", encoding="utf-8")

    done = judge(*arguments, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr == "judge: prompts/row.j2: no variable named answr; there are context, hints, number, turns\n"


def test_overridden_rubric_text_reaches_the_judge(tmp_path: Path) -> None:
    """Another wording of one rubric is another request: everything is asked again, once."""
    arguments = [*local(tmp_path), "backend=scripted", "protocol=score", "selftest=off"]
    first = judge(*arguments, cwd=tmp_path)
    changed = judge(*arguments, "rubrics.tone.question=Is it kind?", cwd=tmp_path)
    again = judge(*arguments, "rubrics.tone.question=Is it kind?", cwd=tmp_path)

    assert [asked(done.stdout) for done in (first, changed, again)] == [120, 120, 0]


def test_quiet_and_piped_output(tmp_path: Path) -> None:
    """A pipe gets no bars and no escape codes; quiet=true gets nothing at all."""
    piped = judge(*local(tmp_path), cwd=tmp_path)
    quiet = judge(*local(tmp_path), "quiet=true", cwd=tmp_path)

    assert piped.stderr == ""
    assert "\x1b" not in piped.stdout
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_doctor_says_what_to_fix(tmp_path: Path) -> None:
    """The doctor looks at everything, makes nothing, and its exit code tells whether something must be mended."""
    (tmp_path / "broken.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    healthy = judge("doctor", cwd=tmp_path)
    ill = judge("doctor", "store=broken.sqlite", cwd=tmp_path)
    named = judge("doctor", "backend=vllm", "backend.model=no/such", cwd=tmp_path)
    spread = judge("doctor", "backend=ray", "backend.model=no/such", cwd=tmp_path)

    assert " Ray: " in spread.stdout
    assert " Ray: " not in healthy.stdout
    assert healthy.returncode == 0, healthy.stdout
    for what in ("Python", "GPU", "vLLM", "model", "backend=auto", "store", "disk"):
        assert f"{what}: " in healthy.stdout
    assert (ill.returncode, named.returncode) == (1, 1)
    assert "not ready: mend what is marked fix" in named.stdout
    assert "fix   store: broken.sqlite is damaged" in ill.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["broken.sqlite"]


def test_nothing_leaves_the_machine(tmp_path: Path) -> None:
    """A whole run with a judge opens no connection; the manifest may say so because this test would fail."""
    program = (
        "import socket, sys\n"
        "def refuse(self, address): raise AssertionError(f'connection to {address}')\n"
        "socket.socket.connect = socket.socket.connect_ex = refuse\n"
        "socket.getaddrinfo = lambda *a, **k: refuse(None, a)\n"
        "from judge.__main__ import main\n"
        "sys.exit(main(['run', '+dataset=support_v3', 'backend=scripted', 'quiet=true']))\n"
    )

    part(tmp_path)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((only_run(tmp_path) / "manifest.json").read_text("utf-8"))["egress"].startswith("none")
