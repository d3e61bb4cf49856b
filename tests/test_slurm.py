"""Sweeps by the submitit launcher: each job in a process of its own, and what becomes of them is told here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import shop

from judge.jobs import Jobs

SWEEP = ["-m", "hydra/launcher=submitit_local", "rubric_set=standard,terse"]
MISSING = "the launcher for Slurm is not installed: pip install 'judge[slurm]'"


def judge(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m judge run ...` in `cwd`, to its end."""
    command = [sys.executable, "-m", "judge", "run", *arguments]
    told = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=told, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture
def local(tmp_path: Path) -> list[str]:
    """Arguments for a small set of one's own."""
    rows = [
        {"id": row.id, "messages": [{"role": t.role, "content": t.content} for t in row.turns]} for row in shop.shop()
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return ["+dataset=local", "dataset.path=rows.jsonl", "backend=scripted", "quiet=true", "selftest=off"]


def told(sweep: Path) -> list[dict[str, object]]:
    """The manifests of a sweep's jobs."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(sweep.glob("*/manifest.json"))]


def test_slurm_without_a_sweep_is_refused(tmp_path: Path, local: list[str]) -> None:
    """Hydra would leave the launcher out without a word, and audit where it stands: on the login node."""
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="pip install 'judge[slurm]'")

    done = judge("experiment=slurm", *local, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    said = "a launcher takes the jobs of a sweep: add -m, or leave the launcher (experiment=slurm) out"
    assert done.stderr == f"judge: {said}\n"
    assert not list(tmp_path.glob("runs/*.sqlite"))


def test_jobs_in_processes_of_their_own_leave_what_others_leave(tmp_path: Path, local: list[str]) -> None:
    """Folders, store and sweep can be compared as if one process had made them; a broken gate is the exit code."""
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="pip install 'judge[slurm]'")

    done = judge(*SWEEP, *local, "gate.max_contradictions=0", "gate.junit=gates.xml", cwd=tmp_path)

    (sweep,) = (tmp_path / "runs" / "sweeps").iterdir()
    assert [run["wording"]["rubric_set"] for run in told(sweep)] == ["standard", "terse"]  # type: ignore[index]
    assert (sweep / "multirun.yaml").is_file()
    assert (tmp_path / "runs" / "replies.sqlite").is_file()
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("judge: 2 of 2 jobs broke a rule of the gate: #0 ")
    assert "; #1 " in line
    gates = ET.parse(tmp_path / "gates.xml").getroot()  # noqa: S314 - our own
    places = [str(one.get("value")) for one in gates.iterfind("testsuite/properties/property")]
    assert [Path(place).name.partition("_")[0] for place in places] == ["0", "1"]
    assert gates.get("failures") == "2"
    assert list((tmp_path / "runs").glob(".sweep-*")) == []


def test_a_job_that_fails_elsewhere_is_told_here(tmp_path: Path, local: list[str]) -> None:
    """Its line is shown, the others come to their end, and the exit code is that of the worst."""
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="pip install 'judge[slurm]'")

    sweep = ["-m", "hydra/launcher=submitit_local", "review_budget=0.1,7"]
    done = judge(*sweep, *local, cwd=tmp_path)

    assert done.returncode == 2
    first, last = done.stderr.splitlines()
    assert first.startswith("judge: #1 ")
    assert "review_budget=7" in first
    assert "a share in [0, 1] was expected" in first
    assert last.startswith("judge: 1 of 2 jobs failed: #1 ")
    assert len(list(tmp_path.glob("runs/sweeps/*/*/manifest.json"))) == 1


def test_a_job_that_a_launcher_has_lost_is_an_error_among_the_gates(tmp_path: Path) -> None:
    """The notes of the others would make a green page; a process is known by more than its number."""
    pytest.importorskip("submitit", reason="pip install 'judge[slurm]'")
    from submitit.core.utils import UncompletedJobError

    lines: list[str] = []
    jobs = Jobs(complain=lines.append, notes=tmp_path)
    suite = {"name": "rows", "run": "0", "checks": [], "error": "", "seconds": 1.0, "at": "2026-01-01T00:00:00"}
    note = {"failed": [], "broken": [], "said": [], "suites": [[str(tmp_path.parent / "gates.xml"), suite]]}
    (tmp_path / "000000.json").write_text(json.dumps(note), encoding="utf-8")

    with jobs.launched():
        raise UncompletedJobError("Job 7 (task: 0) timed out\nand more")

    assert jobs.end() == 2
    assert lines == [f"1 of 2 jobs failed: {jobs.lost}"]
    gates = ET.parse(tmp_path.parent / "gates.xml").getroot()  # noqa: S314 - our own
    assert [one.get("errors") for one in gates.iterfind("testsuite")] == ["0", "1"]
    ask = "from judge.jobs import Jobs; print(Jobs(complain=print).process[0])"
    other = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    assert other != jobs.process[0]


def test_the_recipe_becomes_a_script_for_sbatch(
    tmp_path: Path, local: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`experiment=slurm` asks for a GPU a job, and what is set on the command line; each job has a store of its own."""
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="pip install 'judge[slurm]'")
    from submitit import AutoExecutor
    from submitit.slurm.slurm import SlurmExecutor

    shown = judge("experiment=slurm", *local, "hydra.launcher.partition=gpu", "--cfg=all", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    from omegaconf import OmegaConf

    config = OmegaConf.create(shown.stdout)
    launcher = OmegaConf.to_container(config.hydra.launcher, resolve=False)
    assert isinstance(launcher, dict)
    monkeypatch.setattr(SlurmExecutor, "affinity", classmethod(lambda _: 1))  # as if sbatch were here
    executor = AutoExecutor(folder=tmp_path, cluster="slurm")
    plain = ("timeout_min", "cpus_per_task", "gpus_per_node")
    executor.update_parameters(**{name: launcher[name] for name in plain})
    executor.update_parameters(**{f"slurm_{name}": launcher[name] for name in ("partition", "array_parallelism")})
    script = executor._executor._make_submission_file_text("python -m job", "1")  # noqa: SLF001 - what sbatch would get

    assert launcher["_target_"].endswith("SlurmLauncher")
    assert OmegaConf.to_container(config, resolve=False)["store"] == "runs/replies.${hydra:job.num}.sqlite"  # type: ignore[index,call-overload]
    for line in ("--gpus-per-node=1", "--cpus-per-task=8", "--time=480", "--partition=gpu"):
        assert f"#SBATCH {line}\n" in script


def test_without_slurm_or_the_launcher_one_line_says_so(tmp_path: Path, local: list[str]) -> None:
    """Neither is a traceback, and neither hurts other commands."""
    (tmp_path / "shadow" / "hydra_plugins").mkdir(parents=True)
    (tmp_path / "shadow" / "hydra_plugins" / "__init__.py").touch()  # hides all plugins that are installed
    without = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "shadow"), os.environ.get("PYTHONPATH", "")])}

    lacking = judge("-m", "experiment=slurm", *local, cwd=tmp_path, **without)
    helped = judge("--help", cwd=tmp_path, **without)

    assert (lacking.returncode, lacking.stderr) == (2, f"judge: {MISSING}\n")
    assert helped.returncode == 0
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher", reason="pip install 'judge[slurm]'")
    nowhere = judge("-m", "experiment=slurm", *local, cwd=tmp_path, PATH="/nowhere")
    assert nowhere.returncode == 2
    assert "start the sweep where Slurm is" in nowhere.stderr
    assert len(nowhere.stderr.splitlines()) == 1
