"""
The process in which vLLM embeds: one job in on the standard input, vectors out on the standard output, then it ends.

In: a line of JSON with `model`, `engine` and `texts`. Out, for some texts at a time and in their order: a line of JSON
with `rows`, `dims`, `left` (texts still to come) and vLLM's `version`, and after it rows x dims numbers, float32; or a
line with `error`. The standard input is held open by who started this, and when it closes all of this ends.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

_TEXTS = 2048  # at a time


def main() -> int:
    """Do the one job."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the engine prints is log
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        for about, vectors in _vectors(**job):
            out.write(json.dumps(about).encode() + b"\n" + vectors)
            out.flush()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told on the other side
        import traceback

        traceback.print_exc()
        out.write(json.dumps({"error": _said(error)}).encode() + b"\n")
        out.flush()
        return 1
    return 0


def _vectors(model: str, engine: dict[str, Any], texts: list[str]) -> Iterator[tuple[dict[str, object], bytes]]:
    # the engine's core in this very process, which ends anyway: one process less to start
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    import numpy as np
    import vllm

    llm = vllm.LLM(model=model, **engine)
    cut = {"truncate_prompt_tokens": -1}  # to what the model takes
    for start in range(0, len(texts), _TEXTS):
        outputs = llm.embed(texts[start : start + _TEXTS], use_tqdm=False, tokenization_kwargs=dict(cut))
        rows = np.array([output.outputs.embedding for output in outputs], np.float32)
        left = len(texts) - start - len(rows)
        yield {"rows": len(rows), "dims": rows.shape[1], "left": left, "version": vllm.__version__}, rows.tobytes()


def _said(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith("For further information")]
    return (lines or [type(error).__name__])[-1][:300]


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
