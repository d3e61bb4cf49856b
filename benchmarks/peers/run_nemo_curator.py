"""
NeMo Curator: the judge columns of its workflow, built as the workflow builds them, on NeMo Data Designer.

The workflow itself cannot be pointed at a server: it starts its own, Dynamo with a CUDA build of vLLM. One column holds
all criteria, so that one reply grades a row.
"""

import collections
import json
import sys
import tempfile
from pathlib import Path

import data_designer.config as dd
import pandas as pd
from data_designer.interface import DataDesigner

PROMPT = """Evaluate the response to the instruction.

Instruction:
{{ prompt }}

Response:
{{ response }}
"""  # the workflow ships none: every user writes it

task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
model = dd.ModelConfig(
    alias="judge",
    model=task["model"],
    provider="local-judge",
    skip_health_check=True,
    inference_parameters=dd.ChatCompletionInferenceParams(),
)
builder = dd.DataDesignerConfigBuilder(model_configs=[model])
scores = [
    dd.Score(name=rubric["name"], description=rubric["text"], options=rubric["levels"]) for rubric in task["rubrics"]
]
builder.add_column(dd.LLMJudgeColumnConfig(name="grades", model_alias="judge", prompt=PROMPT, scores=scores))
builder.with_seed_dataset(dd.DataFrameSeedSource(df=pd.DataFrame(task["rows"])))
provider = dd.ModelProvider(name="local-judge", endpoint=task["url"], api_key="unused")
with tempfile.TemporaryDirectory() as folder:
    designer = DataDesigner(artifact_path=folder, model_providers=[provider])
    try:
        graded = designer.preview(builder, num_records=len(task["rows"])).dataset
        found = collections.Counter(str(score["score"]) for grades in graded["grades"] for score in grades.values())
        found["rows left out"] = len(task["rows"]) - len(graded)
    except Exception as error:  # noqa: BLE001 - what it raises is asked
        found = {f"raises {type(error).__name__}: {error}"[:300]: 1}
Path(sys.argv[2]).write_text(json.dumps(found), "utf-8")
