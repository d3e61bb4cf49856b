"""
The command line: `python -m judge VERB ...`.

Nothing heavy is imported before a verb is known. Exit codes: 0 done, 1 a check failed, 2 could not run,
130 and 143 interrupted.
"""

import contextlib
import io
import os
import signal
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from judge import commands
from judge.errors import ConfigError, Interrupted, JudgeError
from judge.text import printable

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from judge.parts import Parts

COULD_NOT_RUN = 2
USAGE = """\
judge: audit a fine-tuning set before training; rank the rows to remove, with reasons.

  python -m judge run +dataset=support_v3                    audit the example set
  python -m judge run +dataset=local dataset.path=my.jsonl   audit your own
  python -m judge run -m +dataset=support_v3 rubric_set=standard,strict,terse
                                                             one audit per variant, on one engine
  python -m judge compare                                    which variant is better, and what of it is noise
  python -m judge run --help                                 every group and key
  python -m judge doctor [backend.model=NAME]                what this machine can do, and what to fix

Without a GPU no judge is asked: the list is ranked by model-free findings, and says so.
Nothing leaves this machine. Answers are kept in runs/replies.sqlite: a run that was interrupted, or a set that
changed a little, costs only what is missing.
"""


def main(arguments: list[str]) -> int:
    """Run one verb; return the process's exit code."""
    verb, *rest = arguments or ["--help"]
    try:
        if verb in {"-h", "--help", "help"}:
            sys.stdout.write(USAGE)
        elif verb in {"-V", "--version"}:
            from judge import __version__

            sys.stdout.write(f"judge {__version__}\n")
        elif verb == "run":
            return _run(rest)
        elif verb == "doctor":
            return _doctor(rest)
        elif verb in commands.VERBS:
            return commands.run(verb, rest)
        else:
            verbs = ", ".join(["run", *commands.VERBS])
            raise ConfigError(f"there is no verb {verb!r}; there are {verbs} and doctor (python -m judge --help)")
    except Interrupted as stop:
        told = "; ".join(getattr(stop, "__notes__", ["nothing had been asked yet"]))
        _complain(f"stopped by {signal.Signals(stop.signum).name}; run the same command to go on; {told}")
        return 128 + stop.signum
    except JudgeError as error:
        _complain(_line(error))
        return COULD_NOT_RUN
    except BrokenPipeError:
        _nobody_reads()
    return 0


@dataclass
class _Jobs:
    """What became of the jobs of this process: one, or a sweep's."""

    failed: list[str] = field(default_factory=list)
    count: int = 0
    plans: set[Path] = field(default_factory=set)  # folders that a sweep of plans was given


def _run(arguments: list[str]) -> int:
    """Hand over to Hydra, which calls `_job` once, or once per variant of a sweep."""
    import hydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    from judge import assets, mistakes, wiring

    for before, word in zip(["", *arguments], arguments, strict=False):
        free = not before.startswith("-") or before in {"-m", "--multirun"}  # not the value of an option
        if free and "=" not in word and not word.startswith(("-", "~")) and Path(word).suffix:
            raise ConfigError(f"{word!r} is no KEY=VALUE; to audit a file: +dataset=local dataset.path={word}")
    wiring.register()
    if not assets.user_folder() and Path("conf/config.yaml").is_file() and Path("conf").resolve() != assets.conf():
        _complain(
            "noted: conf/ here belongs to another program (its config.yaml has no `- schema`) and is left alone;"
            " name a folder of your own with --config-dir=FOLDER"
        )
    jobs = _Jobs()

    def job(config: "DictConfig") -> float:
        return _job(config, jobs)

    ordered = sorted(arguments, key=lambda word: word not in {"-m", "--multirun"})  # argparse wants options together
    sys.argv = ["judge run", *wiring.opened(ordered)]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come back to us instead of ending the process with a traceback
    try:
        hydra.main(config_path=str(assets.conf()), config_name="config", version_base="1.3")(job)()
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError) as error:
        raise ConfigError(mistakes.in_words(error)) from error
    except BrokenPipeError:
        _nobody_reads()
    except OSError as error:
        raise ConfigError(f"the run's folder cannot be made: {error}; run elsewhere, or set hydra.run.dir") from error
    for folder in jobs.plans:
        (folder / "multirun.yaml").unlink(missing_ok=True)
        _unmake(folder)
    if len(jobs.failed) and jobs.count > 1:
        _complain(f"{len(jobs.failed)} of {jobs.count} jobs failed: " + "; ".join(jobs.failed))
    return COULD_NOT_RUN if jobs.failed else 0


def _job(config: "DictConfig", jobs: _Jobs) -> float:
    """One audit. A failure is told at once and never stops the others of a sweep; NaN is a sweeper's word for it."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode
    from omegaconf.errors import OmegaConfBaseException

    from judge import audit, mistakes, wiring

    settings = HydraConfig.get()
    out = Path(os.path.relpath(settings.runtime.output_dir))
    overrides = " ".join(settings.overrides.task)
    number, jobs.count = jobs.count, jobs.count + 1
    try:
        parts = wiring.build(config, rubric_set=str(settings.runtime.choices.get("rubric_set")), out=out)
        if settings.mode is RunMode.MULTIRUN:
            parts.console.say(f"\n--- job {number}: {overrides}")
        with contextlib.closing(parts.store):
            objective = _planned(parts) if config.plan else audit.run(parts).objective
    except JudgeError as error:
        _complain(_line(error))
    except OmegaConfBaseException as error:
        _complain(mistakes.in_words(error))
    except Exception:  # noqa: BLE001 - a bug in one job must not cost the others; its traceback is shown
        traceback.print_exc()
    else:
        if config.plan:
            _unmake(out)
            jobs.plans |= {out.parent} if settings.mode is RunMode.MULTIRUN else set()
        return objective
    _unmake(out)
    jobs.failed.append(f"#{number} {overrides}")
    return float("nan")


def _planned(parts: "Parts") -> float:
    """Say what would be asked; a plan has no objective."""
    from judge import planning

    planning.run(parts)
    return float("nan")


def _unmake(out: Path) -> None:
    """Hydra has made the folder; it goes again where nothing is in it."""
    with contextlib.suppress(OSError):
        out.rmdir()
        out.parent.rmdir()


def _doctor(arguments: list[str]) -> int:
    """Look at the machine, with the model and the store that a run with the same arguments would use."""
    from judge import doctor, wiring

    if unknown := [word for word in arguments if "=" not in word]:
        raise ConfigError(f"doctor takes KEY=VALUE as `run` does, e.g. backend=vllm; {unknown[0]!r} is none")
    config = wiring.compose(arguments)
    config.quiet = False
    model, revision = config.backend.get("model"), config.backend.get("revision")
    if not config.backend.get("_target_"):
        raise ConfigError("backend has no _target_; choose backend=auto, vllm, transformers, scripted or none")
    name = str(config.backend["_target_"]).split(".")[-2]
    healthy = doctor.run(
        wiring.console(config), backend=name, model=model and str(model), revision=revision, store=Path(config.store)
    )
    return 0 if healthy else 1


def _nobody_reads() -> None:
    """The reader of our output is gone (`| head`): that is no failure."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the process ends


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):  # the exit code tells as well
        sys.stderr.write(f"judge: {' '.join(printable(text).split())}\n")


def _line(error: JudgeError) -> str:
    return "; ".join([str(error), *getattr(error, "__notes__", ())])


def _stop(signum: int, _frame: FrameType | None) -> None:
    raise Interrupted(signum)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - closed by the shell
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no such character is no reason to fail
    sys.exit(main(sys.argv[1:]))
