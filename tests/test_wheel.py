"""A built package works where there is no checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as a release would have it: built from the source archive, not from the checkout."""
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


def test_wheel_carries_configuration_prompts_and_example_data(wheel: Path) -> None:
    """All of conf/ and prompts/ and the example sets travel; tests and scripts do not."""
    names = set(zipfile.ZipFile(wheel).namelist())

    here = {f"judge/{p.relative_to(ROOT).as_posix()}" for p in ROOT.glob("conf/**/*.yaml")}
    here |= {f"judge/prompts/{p.name}" for p in ROOT.glob("prompts/*.j2")}
    here |= {f"judge/data/{p.name}" for p in ROOT.glob("data/*") if p.suffix in {".jsonl", ".md"}}
    assert here <= names
    assert [
        name for name in names if "tests/" in name or "/test_" in name or "make_support" in name or "pycache" in name
    ] == []


def test_wheel_runs_the_main_command_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """Installed from the wheel, with no checkout in sight, the main command does its work."""
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import judge, judge.__main__ as m; print(judge.__file__); m.main(['run', '+dataset=support_v3'])",
        ],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == str(site / "judge" / "__init__.py")
    assert "800 rows in = 0 judged" in done.stdout
    assert len(list(empty.glob("runs/support_v3/*/manifest.json"))) == 1
