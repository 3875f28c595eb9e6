import torch

from solon.policy.readings import gather, scatter


def test_gather_takes_back_what_scatter_put() -> None:
    mask = torch.tensor([[True, True, False], [True, False, False], [True, True, True]])
    target = torch.zeros(3, 3)
    scatter(target, mask, [2, 0], torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert target.tolist() == [[4, 5, 0], [0, 0, 0], [1, 2, 3]]
    assert gather(target, mask, [2, 0], torch.device("cpu")).tolist() == [1, 2, 3, 4, 5]
