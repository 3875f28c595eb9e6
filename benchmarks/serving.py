"""How many requests does `solon serve` answer in a second, one after another and many at once?

    python -m benchmarks.serving RUN@STAGE [--requests 256] [--at-once 64] [--tokens 40]

Requests are sampled at temperature 1 from the stage's own evaluation prompts. Server and client are this one process,
so its processor time is that of both, and says more than the clock where other work shares the cores. Answers at once
must be those one after another, or the program stops.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import torch
import uvicorn
from benchmarks.export import evaluated

from solon.models.language_model import LanguageModel
from solon.models.openai_shape import openai_shape
from solon.serving import Batcher, new_app
from solon.store.run_folder import RunFolder, split_run_stage


def main() -> None:
    """Serve, ask, print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("stage", metavar="RUN@STAGE")
    parser.add_argument("--requests", type=int, default=256)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    path, stage = split_run_stage(args.stage)
    run = RunFolder.existing(path)
    rows = evaluated(run, stage, args.requests)
    talks = [[openai_shape(message, arguments_as_text=True) for message in row.prompt.messages] for row in rows]
    batcher = Batcher(LanguageModel.load(run.model(stage)))
    server = uvicorn.Server(uvicorn.Config(new_app(batcher, "model"), port=0, log_level="warning", ws="none"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)

    def ask(number: int) -> str:
        body = {"model": "model", "messages": talks[number], "max_tokens": args.tokens, "seed": number}
        told = client.post("/chat/completions", body=body, cast_to=object)
        return str(told["choices"][0]["message"]["content"])  # type: ignore[index]

    def timed(at_once: int) -> tuple[list[str], float, float]:
        began, began_processor = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(at_once) as pool:
            answers = list(pool.map(ask, range(len(talks))))
        processor_seconds = time.process_time() - began_processor
        return answers, len(talks) / (time.perf_counter() - began), processor_seconds / len(talks)

    timed(args.at_once)  # warm-up
    rates: dict[int, list[float]] = {1: [], args.at_once: []}
    processor_ms: dict[int, list[float]] = {1: [], args.at_once: []}
    for _ in range(args.repeats):
        found = {}
        for at_once in rates:
            found[at_once], rate, seconds = timed(at_once)
            rates[at_once].append(round(rate, 1))
            processor_ms[at_once].append(round(1000 * seconds, 1))
        same = sum(a == b for a, b in zip(found[1], found[args.at_once], strict=True))
        if same < 0.99 * len(talks):  # rounding differs between shapes of batches, and may tip a sample
            raise SystemExit(f"only {same} of {len(talks)} answers are the same in batches")
    server.should_exit = True
    one, many = (statistics.median(of) for of in rates.values())
    told: dict[str, Any] = {"name": "serving", "ours": many, "peer": one, "ratio": round(many / one, 2), "rates": rates}
    told |= {"processor_ms": processor_ms, "same": same, "n": len(talks), "threads": torch.get_num_threads()}
    print(json.dumps({**told, "torch": torch.__version__, **vars(args)}))


if __name__ == "__main__":
    main()
