"""Work that does not need each other on threads of its own, each of which computes with one thread.

A step of generation is many small operations: dividing each among threads gains little, dividing the rows gains much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

import torch

T = TypeVar("T")


def side_by_side(work: Callable[[T, Event], None], parts: Sequence[T]) -> None:
    """Do `work(part, stop)` for all parts at once; one part is done by the caller, with all of torch's threads.

    `stop` is set when another part has failed or the caller was interrupted: what is left need not be done.
    """
    stop = Event()
    if len(parts) == 1:
        work(parts[0], stop)
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(len(parts), initializer=torch.set_num_threads, initargs=(1,)) as pool:
            futures = [pool.submit(work, part, stop) for part in parts]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                stop.set()
                raise
    finally:
        torch.set_num_threads(threads)
