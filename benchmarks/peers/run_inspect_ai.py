"""inspect_ai: `model_graded_qa` as it is, one sample a row and criterion, the answer taken from the row."""

import collections
import json
import os
import sys
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import model_graded_qa
from inspect_ai.solver import Generate, Solver, TaskState, solver


@solver
def recorded() -> Solver:
    """Answer with what the row holds."""

    async def solve(state: TaskState, _: Generate) -> TaskState:
        state.output = ModelOutput.from_content("row", state.metadata["response"])
        return state

    return solve


task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
os.environ |= {"LOCAL_BASE_URL": task["url"], "LOCAL_API_KEY": "none"}
criteria = [
    "\n".join((rubric["text"], *(f"{label}: {text}" for label, text in rubric["levels"].items())))
    for rubric in task["rubrics"]
]
samples = [
    Sample(input=row["prompt"], target=text, metadata={"response": row["response"]})
    for row in task["rows"]
    for text in criteria
]
[log] = evaluate(
    Task(dataset=samples, solver=recorded(), scorer=model_graded_qa(partial_credit=True)),
    model=f"openai-api/local/{task['model']}",
    log_dir=str(Path(sys.argv[2]).with_suffix(".logs")),
    display="none",
)
found = collections.Counter(str(score.value) for one in log.samples or () for score in (one.scores or {}).values())
Path(sys.argv[2]).write_text(json.dumps(found), "utf-8")
