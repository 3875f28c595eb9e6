"""A few tasks that people wrote in, many tasks with instances that a model wrote out."""

from solon.responses.self_instruct.config import ALPACA, SelfInstructConfig
from solon.responses.self_instruct.rounds import self_instruct
from solon.responses.self_instruct.tasks import Instance, Rejected, Round, Task, read_seed_tasks

__all__ = ["ALPACA", "Instance", "Rejected", "Round", "SelfInstructConfig", "Task", "read_seed_tasks", "self_instruct"]
