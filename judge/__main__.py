"""
The command line: `python -m judge VERB ...`.

Nothing heavy is imported before a verb is known. Exit codes: 0 done, 1 a check failed or a rule of the gate is broken,
2 could not run, or a rule of the gate could not be held against the run; 130 and 143 interrupted. A sweep ends with the
code of its worst job, 2 before 1.
"""

import contextlib
import gc
import io
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from judge import verbs
from judge.errors import ConfigError, Interrupted, JudgeError
from judge.jobs import COULD_NOT_RUN, Jobs
from judge.text import printable

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from judge.parts import Parts

_SOON = 0.02  # seconds until a signal that was lost comes again
USAGE = """\
judge: audit a fine-tuning set before training; rank the rows to remove, with reasons.

  python -m judge run +dataset=support_v3                    audit the example set
  python -m judge run +dataset=local dataset.path=my.jsonl   audit your own
  python -m judge run -m +dataset=support_v3 rubric_set=standard,strict,terse
                                                             one audit per variant, on one engine
  python -m judge compare                                    which variant is better, and what of it is noise
  python -m judge report RUN                                 the page of a run, report.html, made again
  python -m judge show RUN [ID]                              the list, or all that is said of one row
  python -m judge review RUN                                 people decide which rows go, in a browser
  python -m judge labels RUN                                 what they decided; to Label Studio or a table, and back
  python -m judge diff BEFORE AFTER                          what changed from one run to a later one, and why
  python -m judge clean RUN                                  kept and removed rows, in the input's own format
  python -m judge verify RUN                                 whether a run is what it claims to be
  python -m judge store                                      what the stored answers take, and who needs them
  python -m judge run --help                                 every group and key
  python -m judge doctor [backend.model=NAME]                what this machine can do, and what to fix

`run` ends with 1 where a rule of the gate is broken (gate.max_new_suspects=20), with 2 where it could not run.
Without a GPU no judge is asked: the list is ranked by model-free findings, and says so.
Nothing leaves this machine. Answers are kept in runs/replies.sqlite: a run that was interrupted, or a set that
changed a little, costs only what is missing.
"""


def main(arguments: list[str]) -> int:
    """Run one verb; return the process's exit code."""
    prepare()
    verb, *rest = arguments or ["--help"]
    try:
        code = _act(verb, rest)
        sys.stdout.flush()
    except Interrupted as stop:
        kept = ["what was answered until then is stored"] if verb == "run" else []
        told = ["run the same command to go on", *getattr(stop, "__notes__", kept)]
        _complain(f"stopped by {signal.Signals(stop.signum).name}; {'; '.join(told)}")
        return 128 + stop.signum
    except JudgeError as error:
        _complain(_line(error))
        _no_job(rest if verb == "run" else [], _line(error))
        return COULD_NOT_RUN
    except BrokenPipeError:
        _nobody_reads()
        return 0
    except OSError as error:
        if not _unwritable(error):
            raise
        _complain(_unwritten(error))
        return COULD_NOT_RUN
    return code


def prepare() -> None:
    """Set up a process that will hold a whole set."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # its own keeps hundreds of megabytes after a table
    gc.set_threshold(100_000, 50, 50)  # a tenth of a run's time went into looking for cycles, and there are hardly any


def _act(verb: str, rest: list[str]) -> int:
    if verb == "run":
        return _run(rest)
    if verb == "doctor":
        from judge.verbs import doctor

        return doctor.run(rest)
    if verb in verbs.VERBS:
        return verbs.run(verb, rest)
    if verb in {"-h", "--help", "help"}:
        sys.stdout.write(USAGE)
    elif verb in {"-V", "--version"}:
        from judge import __version__

        sys.stdout.write(f"judge {__version__}\n")
    else:
        known = ", ".join(["run", *verbs.VERBS])
        raise ConfigError(f"there is no verb {verb!r}; there are {known} and doctor (python -m judge --help)")
    return 0


def _run(arguments: list[str]) -> int:
    """Hand over to Hydra, which calls `_job` once, or once per variant of a sweep."""
    import hydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    from judge import assets, composing, mistakes

    for before, word in zip(["", *arguments], arguments, strict=False):
        free = not before.startswith("-") or before in {"-m", "--multirun"}  # not the value of an option
        if free and "=" not in word and not word.startswith(("-", "~")) and Path(word).suffix:
            raise ConfigError(f"{word!r} is no KEY=VALUE; to audit a file: +dataset=local dataset.path={word}")
    composing.register()
    if not assets.user_folder() and Path("conf/config.yaml").is_file() and Path("conf").resolve() != assets.conf():
        _complain(
            "noted: conf/ here belongs to another program (its config.yaml has no `- schema`) and is left alone;"
            " name a folder of your own with --config-dir=FOLDER"
        )
    jobs = Jobs(complain=_complain)

    def job(config: "DictConfig") -> float:
        with jobs.one():
            return _job(config, jobs)

    ordered = sorted(arguments, key=lambda word: word not in {"-m", "--multirun"})  # argparse wants options together
    sys.argv = ["judge run", *composing.opened(ordered)]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come back to us instead of ending the process with a traceback
    try:
        with jobs.launched():
            hydra.main(config_path=str(assets.conf()), config_name="config", version_base="1.3")(job)()
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError) as error:
        raise ConfigError(mistakes.in_words(error)) from error
    except BrokenPipeError:
        _nobody_reads()
    except OSError as error:
        if _unwritable(error):
            raise
        raise ConfigError(f"the run's folder cannot be made: {error}; run elsewhere, or set hydra.run.dir") from error
    for folder in jobs.plans:
        (folder / "multirun.yaml").unlink(missing_ok=True)
        _unmake(folder)
    return jobs.end()


def _job(config: "DictConfig", jobs: Jobs) -> float:
    """One audit. A failure is told at once and never stops the others of a sweep; NaN is a sweeper's word for it."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from judge import audit, composing, gate, gating, junit, manifest, mistakes, wiring
    from judge.ports import LEAVES

    settings, started = HydraConfig.get(), time.monotonic()
    out, runs = (Path(os.path.relpath(path)) for path in (settings.runtime.output_dir, Path(settings.run.dir).parent))
    place = None if config.plan else OmegaConf.select(config, "gate.junit")
    place = Path(place).expanduser() if place else None
    number, jobs.count = jobs.count, jobs.count + 1
    overrides = " ".join(settings.overrides.task)
    suite = junit.Suite(name=runs.name, run=str(out), error="the run has not ended")
    try:
        jobs.publish(place, number, suite)  # what was there is of another run
        composing.check_launcher(settings)
        rubric_set = str(settings.runtime.choices.get("rubric_set"))
        parts = wiring.build(config, rubric_set=rubric_set, out=out, earlier=runs)
        if (where := manifest.egress(parts)).startswith(LEAVES):
            parts.console.warn(where)
        if settings.mode is RunMode.MULTIRUN:
            parts.console.say(f"\n--- job {number}: {overrides}")
        with contextlib.closing(parts.store):
            outcome = None if config.plan else audit.run(parts)
            objective = outcome.objective if outcome else _planned(parts)
        if outcome:
            jobs.broken += [f"#{number} {overrides}"] if gating.broken(outcome.gate) else []
            jobs.publish(place, number, gate.suite(parts, outcome, time.monotonic() - started))
    except JudgeError as error:
        _complain(trouble := _line(error))
    except OmegaConfBaseException as error:
        _complain(trouble := mistakes.in_words(error))
    except Exception as error:  # noqa: BLE001 - a bug in one job must not cost the others; its traceback is shown
        if _unwritable(error):
            _complain(trouble := _unwritten(error))
        else:
            traceback.print_exc()
            trouble = f"{type(error).__name__}: {error}"
    else:
        if config.plan:
            _unmake(out)
            jobs.plans |= {out.parent} if settings.mode is RunMode.MULTIRUN else set()
        return objective
    _unmake(out)
    jobs.fail(f"#{number} {overrides}", place, number, replace(suite, error=trouble))
    return float("nan")


def _no_job(arguments: list[str], error: str) -> None:
    """Where not even one job came about, the JUnit XML of another run is not to stand for it."""
    for key, _, value in (word.partition("=") for word in arguments):
        if key == "gate.junit" and value not in {"", "null"}:
            from judge import junit

            with contextlib.suppress(JudgeError):  # told already
                junit.publish(Path(value).expanduser(), [junit.Suite(name="no run", run="", error=error)])


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


def _unwritable(error: Exception) -> bool:
    """Whether it is our own output that cannot be written: no file is named."""
    return isinstance(error, OSError) and not isinstance(error, BrokenPipeError) and error.filename is None


def _unwritten(error: Exception) -> str:
    _nobody_reads()
    return f"the output cannot be written: {getattr(error, 'strerror', None) or error}"


def _nobody_reads() -> None:
    """The reader of our output is gone (`| head`): that is no failure."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the process ends


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):  # the exit code tells as well
        sys.stderr.write(f"judge: {' '.join(printable(text).split())}\n")


def _line(error: JudgeError) -> str:
    return "; ".join([str(error), *getattr(error, "__notes__", ())])


def _stop(signum: int, _frame: FrameType | None) -> None:
    # it may come between the making of a coroutine and its start
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    raise Interrupted(signum)


def _unheard(lost: "sys.UnraisableHookArgs") -> None:
    """A signal that came while Python was clearing up an object is only told, and stops nothing: it comes once more."""
    if not isinstance(lost.exc_value, Interrupted):
        sys.__unraisablehook__(lost)
        return
    # to the thread that may be waiting
    again = threading.Timer(_SOON, signal.pthread_kill, [threading.main_thread().ident, lost.exc_value.signum])
    again.daemon = True
    again.start()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    sys.unraisablehook = _unheard
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - closed by the shell
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no such character is no reason to fail
    sys.exit(main(sys.argv[1:]))
