"""llama.cpp's side of `benchmarks.sampling_llama`; runs in an environment of its own.

    PYTHON sampling_llama_side.py FOLDER

FOLDER holds a Llama of transformers in float32 and `work.json` (prompts, new tokens of each, tokens that all prompts
begin with). Rows are sequences of one context, the shared tokens are read once and copied to all of them (in
llama.cpp's unified cache that copies no data), and every step decodes one token of every row that goes on. The protocol
is that of `training/pace.py`; what it tells first are its greedy tokens, then it samples at temperature 1.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import gguf
import llama_cpp as lc
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

_NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
_BATCH = 4096
Floats = NDArray[np.float32]


def main() -> None:
    """Answer until nobody asks."""
    folder = Path(sys.argv[1])
    work = json.loads((folder / "work.json").read_text())
    file = folder / "model.gguf"
    write_gguf(folder, file)
    sampler = Sampler(file, work)
    print(json.dumps({"greedy": sampler.generate(greedy=True)}), flush=True)
    sampler.generate(greedy=False)
    print(json.dumps({"warm": True}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        tokens = sum(map(len, sampler.generate(greedy=False)))
        print(json.dumps({"seconds": time.perf_counter() - began, "tokens": tokens}), flush=True)
    print(json.dumps({"ended": True}), flush=True)


def write_gguf(folder: Path, file: Path) -> None:
    """The model in llama.cpp's format, in float32, without a tokenizer."""
    config = json.loads((folder / "config.json").read_text())
    heads = config["num_attention_heads"]
    key_heads = config.get("num_key_value_heads") or heads
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base((config.get("rope_parameters") or config)["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("no_vocab")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for name, tensor in load_file(folder / "model.safetensors").items():
        if "q_proj" in name or "k_proj" in name:
            tensor = _interleaved(tensor, heads if "q_proj" in name else key_heads)
        writer.add_tensor(_gguf_name(name), np.ascontiguousarray(tensor, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _gguf_name(name: str) -> str:
    whole = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
             "lm_head.weight": "output.weight"}  # fmt: skip
    if name in whole:
        return whole[name]
    _, _, layer, rest = name.split(".", 3)
    part, _, kind = rest.rpartition(".")
    return f"blk.{layer}.{_NAMES[part]}.{kind}"


def _interleaved(weight: Floats, heads: int) -> Floats:
    """Rows in the order of llama.cpp, which turns neighbouring pairs where transformers turns halves."""
    return weight.reshape(heads, 2, len(weight) // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


class Sampler:
    """One context for all rows."""

    def __init__(self, file: Path, work: dict[str, Any]) -> None:
        self._prompts, self._new, self._shared = work["prompts"], work["new"], work["num_shared"]
        self._silent = lc.llama_log_callback(lambda level, text, data: None)  # nobody reads what it logs
        lc.llama_log_set(self._silent, None)
        lc.llama_backend_init()
        given = lc.llama_model_default_params()
        given.n_gpu_layers = 0
        self._model = lc.llama_model_load_from_file(str(file).encode(), given)
        self._vocab = json.loads((file.parent / "config.json").read_text())["vocab_size"]
        own = sum(len(prompt) - self._shared for prompt in self._prompts)
        options = lc.llama_context_default_params()
        options.n_ctx = -(-(self._shared + own + sum(self._new)) // 256) * 256
        options.n_batch = options.n_ubatch = _BATCH
        options.n_seq_max = len(self._prompts)
        options.kv_unified = True
        options.n_threads = options.n_threads_batch = 2
        options.type_k = options.type_v = lc.GGML_TYPE_F32
        self._context = lc.llama_init_from_model(self._model, options)
        self._memory = lc.llama_get_memory(self._context)
        self._batch = lc.llama_batch_init(_BATCH, 0, 1)

    def generate(self, *, greedy: bool) -> list[list[int]]:
        """New ids of every row."""
        lc.llama_memory_clear(self._memory, False)
        draw = np.random.default_rng(0)
        found: list[list[int]] = [[] for _ in self._prompts]
        if self._shared:
            self._decode([(token, at, 0, False) for at, token in enumerate(self._prompts[0][: self._shared])])
            for row in range(1, len(self._prompts)):
                lc.llama_memory_seq_cp(self._memory, 0, row, 0, self._shared)
        logits = np.zeros((len(self._prompts), self._vocab), np.float32)
        for row, prompt in enumerate(self._prompts):
            if self._room() < len(prompt):
                self._flush(logits)
            for at in range(self._shared, len(prompt)):
                self._add(prompt[at], at, row, at == len(prompt) - 1)
        self._flush(logits)
        alive = list(range(len(self._prompts)))
        while alive:
            picked = _pick(logits[alive], draw, greedy)
            going = []
            for row, token in zip(alive, picked.tolist(), strict=True):
                found[row].append(token)
                if len(found[row]) < self._new[row]:
                    going.append(row)
                    self._add(token, len(self._prompts[row]) + len(found[row]) - 1, row, True)
                else:
                    lc.llama_memory_seq_rm(self._memory, row, -1, -1)
            self._flush(logits)
            alive = going
        return found

    def _decode(self, tokens: list[tuple[int, int, int, bool]]) -> None:
        for one in tokens:
            self._add(*one)
        self._flush(None)

    def _room(self) -> int:
        return _BATCH - int(self._batch.n_tokens)

    def _add(self, token: int, position: int, row: int, wants_logits: bool) -> None:
        batch, at = self._batch, self._batch.n_tokens
        batch.token[at], batch.pos[at], batch.n_seq_id[at] = token, position, 1
        batch.seq_id[at][0], batch.logits[at] = row, wants_logits
        batch.n_tokens = at + 1

    def _flush(self, logits: Floats | None) -> None:
        """Read what was added; the wanted logits go to their rows."""
        batch = self._batch
        if not batch.n_tokens:
            return
        if lc.llama_decode(self._context, batch) != 0:
            raise SystemExit("error: llama_decode failed")
        for at in range(batch.n_tokens):
            if batch.logits[at] and logits is not None:
                found = lc.llama_get_logits_ith(self._context, at)
                logits[batch.seq_id[at][0]] = np.ctypeslib.as_array(found, (self._vocab,))
        batch.n_tokens = 0


def _pick(logits: Floats, draw: np.random.Generator, greedy: bool) -> NDArray[np.int64]:
    if greedy:
        likeliest: NDArray[np.int64] = logits.argmax(axis=1)
        return likeliest
    cumulative = np.exp(logits - logits.max(axis=1, keepdims=True)).cumsum(axis=1)
    target = draw.random((len(logits), 1)) * cumulative[:, -1:]
    picked: NDArray[np.int64] = (cumulative <= target).sum(axis=1).clip(max=logits.shape[1] - 1)
    return picked


if __name__ == "__main__":
    main()
