"""The recipe that searches settings with Optuna, by the objective that a job returns."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import shop


def judge(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m judge ...` in `cwd`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "judge", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def local(tmp_path: Path) -> list[str]:
    """Arguments for a small set of one's own."""
    rows = [
        {"id": row.id, "messages": [{"role": t.role, "content": t.content} for t in row.turns]} for row in shop.shop()
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return ["experiment=optuna", "+dataset=local", "dataset.path=rows.jsonl", "backend=scripted", "quiet=true"]


def test_optuna_searches_for_the_highest_objective(tmp_path: Path, local: list[str]) -> None:
    """Trials run one after another, the best is reported with its settings, and the folder can be compared."""
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="pip install 'judge[optuna]'")

    done = judge("run", "-m", *local, "hydra.sweeper.n_trials=3", "rubric_set=choice(standard,terse)", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    (sweep,) = (tmp_path / "runs" / "sweeps").iterdir()
    manifests = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(sweep.glob("*/manifest.json"))]
    results = (sweep / "optimization_results.yaml").read_text(encoding="utf-8")
    best = max(told["objective"] for told in manifests)
    assert len(manifests) == 3
    assert f"best_value: {best}" in results
    assert "rubric_set: " in results
    assert "layout: " in results
    assert {told["wording"]["rubric_set"] for told in manifests} <= {"standard", "terse"}

    compared = judge("compare", str(sweep), cwd=tmp_path)
    assert (compared.returncode, compared.stderr) == (0, "")


def test_missing_sweeper_is_one_line_and_hurts_nothing_else(tmp_path: Path, local: list[str]) -> None:
    """Without the extra the recipe says what to install; help and other commands work."""
    (tmp_path / "shadow" / "hydra_plugins").mkdir(parents=True)
    (tmp_path / "shadow" / "hydra_plugins" / "__init__.py").touch()  # hides all plugins that are installed
    without = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "shadow"), os.environ.get("PYTHONPATH", "")])}

    search = judge("run", "-m", *local, cwd=tmp_path, **without)
    helped = judge("run", "--help", cwd=tmp_path, **without)

    assert search.returncode == 2
    assert search.stderr == "judge: Optuna's sweeper is not installed: pip install 'judge[optuna]'\n"
    assert helped.returncode == 0
    assert "experiment: nightly, optuna" in helped.stdout
