"""prometheus-eval: absolute grading, each row's criteria after one another, through its LiteLLM client."""

import collections
import json
import sys
from pathlib import Path

from prometheus_eval import PrometheusEval
from prometheus_eval.litellm import AsyncLiteLLM, LiteLLM
from prometheus_eval.prompts import SCORE_RUBRIC_TEMPLATE

task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
rubrics = [
    SCORE_RUBRIC_TEMPLATE.format(
        criteria=rubric["text"], **{f"score{n}_description": rubric["levels"][str(n)] for n in range(1, 6)}
    )
    for rubric in task["rubrics"]
]
name, url = f"openai/{task['model']}", task["url"]
# the client that sends many at once drops all settings, max_tokens too; the other sends one after the other
model = AsyncLiteLLM(name, requests_per_minute=1_000_000, api_base=url) if task["readable"] else LiteLLM(name, url)
_, scores = PrometheusEval(model=model).absolute_grade(
    instructions=[row["prompt"] for row in task["rows"] for _ in rubrics],
    responses=[row["response"] for row in task["rows"] for _ in rubrics],
    rubric=[text for _ in task["rows"] for text in rubrics],
)
Path(sys.argv[2]).write_text(json.dumps(collections.Counter(map(str, scores))), "utf-8")
