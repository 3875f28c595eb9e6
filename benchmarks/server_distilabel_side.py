"""distilabel's side of `benchmarks.server`: the same prompts, three dependent calls each. Runs in distilabel's own
environment; prints one JSON line.

    python server_distilabel_side.py URL ROWS BATCH
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def main() -> None:
    """Run the pipeline and tell its time, from the call of `run` to its end."""
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps import LoadDataFromDicts
    from distilabel.steps.tasks import TextGeneration

    url, rows, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

    def llm() -> Any:
        return OpenAILLM(
            model="m", base_url=url, api_key="none", generation_kwargs={"max_new_tokens": 64, "temperature": 1.0}
        )

    with Pipeline(name="three-calls") as pipeline:
        data = [{"instruction": f"How would one do thing number {i} of the list in the town?"} for i in range(rows)]
        load = LoadDataFromDicts(data=data, batch_size=batch)
        steps = []
        for number in range(3):
            mapping = {"instruction": f"answer_{number - 1}"} if number else {}
            steps.append(
                TextGeneration(
                    name=f"call_{number}",
                    llm=llm(),
                    input_batch_size=batch,
                    input_mappings=mapping,
                    output_mappings={"generation": f"answer_{number}"},
                    add_raw_input=False,
                    add_raw_output=False,
                )
            )
        load >> steps[0] >> steps[1] >> steps[2]
    began = time.monotonic()
    found = pipeline.run(use_cache=False)
    seconds = time.monotonic() - began
    answers = [row["answer_2"] for row in found["default"]["train"]]
    print(json.dumps({"seconds": seconds, "rows": len(answers), "answered": sum(one is not None for one in answers)}))


if __name__ == "__main__":
    main()
