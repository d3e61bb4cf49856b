"""`judge doctor`: what this machine can do for a run."""

import sys
from collections.abc import Sequence
from pathlib import Path

from judge.errors import ConfigError


def run(arguments: Sequence[str]) -> int:
    """Look at the machine, with the model and the store that a run with the same arguments would use."""
    if {"-h", "--help", "help"} & set(arguments):
        sys.stdout.write("python -m judge doctor [KEY=VALUE ...]: what this machine can do for a run with these keys\n")
        return 0
    from judge import doctor as checks
    from judge import mistakes, wiring

    if unknown := [word for word in arguments if "=" not in word]:
        raise ConfigError(f"doctor takes KEY=VALUE as `run` does, e.g. backend=vllm; {unknown[0]!r} is none")
    config = wiring.compose(arguments)
    config.quiet = False
    model, revision = config.backend.get("model"), config.backend.get("revision")
    if not config.backend.get("_target_"):
        raise ConfigError(f"backend has no _target_; choose {mistakes.options('backend')}")
    name = str(config.backend["_target_"]).split(".")[-2]
    healthy = checks.run(
        wiring.console(config),
        backend=name,
        model=model and str(model),
        revision=revision,
        store=Path(config.store),
        judge=lambda: wiring.judge(config),
    )
    return 0 if healthy else 1
