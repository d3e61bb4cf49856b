"""
All that a run on vLLM imports, for a process that others are forked from: it is imported once, and not by each of them.

What it names of vLLM's inside only saves time; where another version has it elsewhere, a run imports it by itself.
"""

import contextlib
import gc
import importlib

from judge import signals

for _name in (
    "judge.audit",
    "judge.wiring",
    "judge.backends.vllm",
    "transformers",
    "vllm.entrypoints.llm",
    "vllm.v1.engine.core",
    "vllm.v1.executor.uniproc_executor",
    "vllm.v1.worker.cpu_worker",
    "vllm.model_executor.models.qwen2",
):
    with contextlib.suppress(ImportError):
        importlib.import_module(_name)
signals.discover()
gc.freeze()  # an engine collects garbage five times while it starts, and none of this is any
