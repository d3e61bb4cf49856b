"""vLLM where a GPU and vLLM are there, no judge otherwise. Says which and why; never falls back in silence."""

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

from judge.backends import vllm
from judge.ports import Backend, NoJudge


def connect(**settings: object) -> Backend | NoJudge:
    """
    Choose for this machine. `settings` are those of `vllm.connect`, so that `backend.model=...` works here too.

    A model that is not on the machine is an error here as well: a GPU box was meant to judge.
    """
    usable, why = gpu()
    if not usable:
        return NoJudge(f"chosen by backend=auto: {why}")
    return vllm.connect(**settings, why=f"chosen by backend=auto: {why}")  # type: ignore[arg-type]


def gpu() -> tuple[bool, str]:
    """Whether vLLM could run on an accelerator here, and the sentence that says so. Imports torch only if it must."""
    if importlib.util.find_spec("vllm") is None:
        return False, "vLLM is not installed (pip install 'judge[vllm]')"
    if not device_node() or hidden(os.environ):
        return False, "vLLM is installed, but this machine shows no GPU"
    import torch

    if not torch.cuda.is_available():
        return False, "a GPU is there, but torch cannot use it; `python -m judge doctor` says more"
    return True, f"vLLM and {torch.cuda.get_device_name(0)}"


def hidden(environ: Mapping[str, str]) -> bool:
    """Whether CUDA_VISIBLE_DEVICES hides all GPUs."""
    return environ.get("CUDA_VISIBLE_DEVICES", "all") in {"", "-1"}


def device_node() -> bool:
    """Whether the machine has a device node of an NVIDIA or AMD GPU; asks no driver and imports nothing."""
    return any(Path(node).exists() for node in ("/dev/nvidia0", "/dev/nvidiactl", "/dev/kfd", "/dev/dxg"))
