"""TRL's own preparation of a file of rows, for benchmarks/prepare.py: run by the Python of an environment with TRL.

    python benchmarks/prepare_trl.py MODEL ROWS.jsonl --processes 1 --most-tokens 512 [--tokens OUT.json]

Times `SFTTrainer._prepare_dataset` alone: rows as prompt and completion, loss on the completion, packing as TRL has it.
`--tokens` prepares without packing and writes ids and labels of every row. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def main() -> int:
    """Prepare, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("rows", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--most-tokens", type=int, default=512)
    parser.add_argument("--tokens", type=Path)
    given = parser.parse_args()

    import datasets
    import trl  # type: ignore[import-not-found]
    from transformers import AutoModelForCausalLM, AutoTokenizer

    datasets.disable_caching()
    datasets.disable_progress_bars()
    dataset = datasets.Dataset.from_list(
        [_prompt_and_completion(json.loads(line)) for line in given.rows.open(encoding="utf-8")]
    )
    seconds: list[float] = []

    class Timed(trl.SFTTrainer):  # type: ignore[misc]
        def _prepare_dataset(self, *arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            prepared = super()._prepare_dataset(*arguments, **options)
            seconds.append(time.perf_counter() - began)
            return prepared

    with tempfile.TemporaryDirectory() as folder:
        trainer = Timed(
            model=AutoModelForCausalLM.from_pretrained(given.model),
            processing_class=AutoTokenizer.from_pretrained(given.model),
            args=trl.SFTConfig(
                output_dir=folder, report_to="none", use_cpu=True, bf16=False, packing=given.tokens is None,
                max_length=given.most_tokens if given.tokens is None else None, completion_only_loss=True,
                dataset_num_proc=given.processes if given.processes > 1 else None,
            ),
            train_dataset=dataset,
        )  # fmt: skip
        if given.tokens is not None:
            columns = trainer.train_dataset.with_format(None)
            given.tokens.write_text(json.dumps([[row["input_ids"], row["labels"]] for row in columns]))
    versions = {"trl": trl.__version__, "datasets": datasets.__version__}
    print(json.dumps({"rows": len(dataset), "seconds": seconds[0], "rows_per_second": len(dataset) / seconds[0],
                      "processes": given.processes, **versions}))  # fmt: skip
    return 0


def _prompt_and_completion(row: dict[str, Any]) -> dict[str, Any]:
    """An Alpaca row as Solon reads it."""
    question = row["instruction"] + (f"\n\n{row['input']}" if row["input"].strip() else "")
    return {
        "prompt": [{"role": "user", "content": question}],
        "completion": [{"role": "assistant", "content": row["output"]}],
    }


if __name__ == "__main__":
    sys.exit(main())
