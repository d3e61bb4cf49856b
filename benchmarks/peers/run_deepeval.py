"""deepeval: one `GEval` a criterion with a rubric of five scores, run by `evaluate`."""

import collections
import json
import os
import sys
from pathlib import Path

os.environ |= {"DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "DEEPEVAL_DISABLE_DOTENV": "1"}
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig, ErrorConfig
from deepeval.metrics import GEval
from deepeval.metrics.g_eval import Rubric
from deepeval.models import LocalModel
from deepeval.test_case import LLMTestCase, SingleTurnParams

task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
model = LocalModel(model=task["model"], base_url=task["url"], api_key="none")
metrics = [
    GEval(
        name=rubric["name"],
        criteria=rubric["text"],
        rubric=[
            Rubric(score_range=(int(label), int(label)), expected_outcome=text)
            for label, text in rubric["levels"].items()
        ],
        evaluation_params=[SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT],
        model=model,
    )
    for rubric in task["rubrics"]
]
cases = [LLMTestCase(input=row["prompt"], actual_output=row["response"]) for row in task["rows"]]


def run(*, ignore_errors: bool) -> collections.Counter[str]:
    """Grade all rows; return how often each score came out, or each error."""
    result = evaluate(
        cases,
        metrics,
        async_config=AsyncConfig(max_concurrent=20),
        cache_config=CacheConfig(write_cache=False),
        display_config=DisplayConfig(show_indicator=False, print_results=False),
        error_config=ErrorConfig(ignore_errors=ignore_errors),
    )
    scores = [one for case in result.test_results for one in case.metrics_data or ()]
    return collections.Counter(f"error: {one.error}" if one.error else str(one.score) for one in scores)


found = {}
if not task["readable"]:
    try:
        run(ignore_errors=False)
    except Exception as error:  # noqa: BLE001 - what it raises is asked
        found[f"by default raises {type(error).__name__}: {error}"[:200]] = 1
found |= run(ignore_errors=True)
Path(sys.argv[2]).write_text(json.dumps(found), "utf-8")
