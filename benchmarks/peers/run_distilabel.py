"""distilabel: the `PrometheusEval` task, one a criterion, through its client of OpenAI-compatible servers."""

import collections
import json
import sys
from pathlib import Path

from distilabel.models import OpenAILLM
from distilabel.steps.tasks import PrometheusEval

task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
found = collections.Counter()
rows = [{"instruction": row["prompt"], "generation": row["response"]} for row in task["rows"]]
for rubric in task["rubrics"]:
    levels = "\n".join(f"Score {label}: {text}" for label, text in rubric["levels"].items())
    judge = PrometheusEval(
        llm=OpenAILLM(model=task["model"], base_url=task["url"], api_key="none"),
        mode="absolute",
        rubric="own",
        rubrics={"own": f"[{rubric['text']}]\n{levels}"},
    )
    judge.load()
    for start in range(0, len(rows), judge.input_batch_size):
        for graded in judge.process(rows[start : start + judge.input_batch_size]):
            found.update(str(row["result"]) for row in graded)
Path(sys.argv[2]).write_text(json.dumps(found), "utf-8")
