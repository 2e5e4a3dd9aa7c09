"""Networks of vectors with more than one way through: gates, experts, towers, recommenders, and their losses."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class Maxout(nn.Module):
    def __init__(self, d_in: int, d_out: int, pool_size: int) -> None:
        super().__init__()
        self.d_out, self.pool_size = d_out, pool_size
        self.lin = nn.Linear(d_in, d_out * pool_size)

    def forward(self, inputs: Tensor) -> Tensor:
        out = self.lin(inputs)
        m, _ = out.view(-1, self.d_out, self.pool_size).max(-1)
        return m


@brought("mlp")
def maxout() -> Call:
    """the largest of several linear functions (Goodfellow et al. 2013)"""
    model = nn.Sequential(Maxout(5, 4, 2), Maxout(4, 3, 2))
    return call(model, torch.randn(3, 5), classes(3, 3), nn.CrossEntropyLoss())


class TwoHalves(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Linear(4, 3)
        self.right = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.maximum(self.left(x), self.right(x))


@brought("mlp")
def larger_of_two() -> Call:
    """maxout of two layers, by torch.maximum"""
    return call(TwoHalves(), torch.randn(3, 4), torch.randn(3, 3), nn.MSELoss())


class Highway(nn.Module):
    def __init__(self, size: int, num_layers: int) -> None:
        super().__init__()
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.out = nn.Linear(size, 2)

    def forward(self, x: Tensor) -> Tensor:
        for layer, transform in zip(self.nonlinear, self.gate, strict=True):
            gate = torch.sigmoid(transform(x))
            x = gate * F.relu(layer(x)) + (1 - gate) * x
        return self.out(x)


@brought("mlp")
def highway() -> Call:
    """gates between a layer and its input (Srivastava et al. 2015)"""
    return call(Highway(5, 2), torch.randn(3, 5), classes(2, 3), nn.CrossEntropyLoss())


class MixtureOfExperts(nn.Module):
    def __init__(self, dim: int, num_experts: int, out: int) -> None:
        super().__init__()
        self.experts = nn.ModuleList(
            [nn.Sequential(nn.Linear(dim, 6), nn.ReLU(), nn.Linear(6, out)) for _ in range(num_experts)]
        )
        self.gate = nn.Linear(dim, num_experts)

    def forward(self, x: Tensor) -> Tensor:
        weights = F.softmax(self.gate(x), dim=1)
        outputs = torch.stack([expert(x) for expert in self.experts], dim=1)
        return (weights.unsqueeze(-1) * outputs).sum(dim=1)


@brought("mlp")
def mixture_of_experts() -> Call:
    """experts weighted by a softmax (Jacobs et al. 1991)"""
    return call(MixtureOfExperts(4, 3, 2), torch.randn(3, 4), classes(2, 3), nn.CrossEntropyLoss())


class MultiTask(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU())
        self.regression = nn.Linear(6, 1)
        self.classification = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        h = self.shared(x)
        return {"price": self.regression(h), "kind": self.classification(h)}


@brought("mlp", "regression")
def one_of_two_tasks() -> Call:
    """two tasks on one trunk, the outputs in a dictionary; the loss of one of them"""
    return call(MultiTask(), torch.randn(3, 5), classes(3, 3), nn.CrossEntropyLoss(), output="kind")


class TwoTasks(MultiTask):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        found = super().forward(x)
        return found["price"], found["kind"]


@brought("mlp")
def two_tasks() -> Call:
    """the same with both losses, added"""
    target = (torch.randn(3, 1), classes(3, 3))
    return call(TwoTasks(), torch.randn(3, 5), target, None, losses=[nn.MSELoss(), nn.CrossEntropyLoss()])


class WideAndDeep(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.deep = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4), nn.ReLU())
        self.output = nn.Linear(6 + 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(torch.cat([x, self.deep(x)], dim=-1))


@brought("mlp")
def wide_and_deep() -> Call:
    """the input itself beside a deep network of it (Cheng et al. 2016)"""
    return call(WideAndDeep(), torch.randn(4, 6), torch.randint(2, (4, 1)).float(), nn.BCEWithLogitsLoss())


class CrossNetwork(nn.Module):
    def __init__(self, size: int, layers: int) -> None:
        super().__init__()
        self.kernels = nn.ParameterList([nn.Parameter(torch.randn(size, 1)) for _ in range(layers)])
        self.bias = nn.ParameterList([nn.Parameter(torch.zeros(size)) for _ in range(layers)])
        self.last = nn.Linear(size, 1)

    def forward(self, x0: Tensor) -> Tensor:
        x = x0
        for w, b in zip(self.kernels, self.bias, strict=True):
            x = x0 * (x @ w) + b + x
        return torch.sigmoid(self.last(x))


@brought("mlp")
def deep_and_cross() -> Call:
    """products of features by crossing, as in Deep & Cross (Wang et al. 2017)"""
    return call(CrossNetwork(4, 2), torch.randn(3, 4), torch.randint(2, (3, 1)).float(), nn.BCELoss())


class FactorizationMachine(nn.Module):
    def __init__(self, n: int, k: int) -> None:
        super().__init__()
        self.V = nn.Parameter(torch.randn(n, k) * 0.5)
        self.lin = nn.Linear(n, 1)

    def forward(self, x: Tensor) -> Tensor:
        square_of_sum = torch.matmul(x, self.V).pow(2).sum(1, keepdim=True)
        sum_of_square = torch.matmul(x.pow(2), self.V.pow(2)).sum(1, keepdim=True)
        return 0.5 * (square_of_sum - sum_of_square) + self.lin(x)


@brought("mlp")
def factorization_machine() -> Call:
    """a factorization machine (Rendle 2010)"""
    return call(FactorizationMachine(5, 3), torch.randn(4, 5), torch.randn(4, 1), nn.MSELoss())


class MatrixFactorization(nn.Module):
    def __init__(self, n_users: int, n_items: int, n_factors: int = 4) -> None:
        super().__init__()
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        return (self.user_factors(user) * self.item_factors(item)).sum(1)


@brought("mlp")
def matrix_factorization() -> Call:
    """ratings as products of two embeddings (Koren et al. 2009): two inputs of indices"""
    return call(MatrixFactorization(5, 6), (classes(5, 4), classes(6, 4)), 5 * torch.rand(4), nn.MSELoss())


class NeuralCollaborativeFiltering(nn.Module):
    def __init__(self, users: int, items: int) -> None:
        super().__init__()
        self.embed_user = nn.Embedding(users, 4)
        self.embed_item = nn.Embedding(items, 4)
        self.mlp = nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 1))

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        interaction = torch.cat((self.embed_user(user), self.embed_item(item)), -1)
        return self.mlp(interaction).view(-1)


@brought("mlp")
def neural_collaborative_filtering() -> Call:
    """embeddings of user and item, joined (He et al. 2017)"""
    model = NeuralCollaborativeFiltering(5, 6)
    return call(model, (classes(5, 4), classes(6, 4)), torch.tensor([1.0, 0.0, 1.0, 0.0]), nn.BCEWithLogitsLoss())


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 3))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.pairwise_distance(self.embed(x1), self.embed(x2))


def contrastive(distance: Tensor, label: Tensor) -> Tensor:
    return torch.mean((1 - label) * distance.pow(2) + label * torch.clamp(2.0 - distance, min=0.0).pow(2))


@brought("mlp")
def siamese() -> Call:
    """one network for two inputs, and the contrastive loss (Hadsell et al. 2006)"""
    inputs = torch.randn(3, 5), torch.randn(3, 5)
    return call(Siamese(), inputs, torch.tensor([0.0, 1.0, 1.0]), contrastive)


class Triplet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Sequential(nn.Linear(5, 6), nn.PReLU(), nn.Linear(6, 3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        anchor, positive, negative = x[:, 0], x[:, 1], x[:, 2]
        return self.embedding(anchor), self.embedding(positive), self.embedding(negative)


@brought("mlp")
def triplets() -> Call:
    """anchor, positive and negative through one network, and the triplet margin loss (Schroff et al. 2015)"""
    return call(Triplet(), torch.randn(4, 3, 5), None, lambda out, t: F.triplet_margin_loss(*out, margin=5.0))


@brought("mlp")
def support_vectors() -> Call:
    """a linear layer with the hinge loss of many classes, as in CS231n"""
    return call(nn.Linear(6, 4), torch.randn(3, 6), classes(4, 3), nn.MultiMarginLoss())


@brought("mlp")
def many_labels() -> Call:
    """several labels at once"""
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    return call(model, torch.randn(3, 6), torch.randint(2, (3, 4)).float(), nn.MultiLabelSoftMarginLoss())


def distillation(logits: Tensor, teacher: Tensor, temperature: float = 2.0) -> Tensor:
    student = F.log_softmax(logits / temperature, dim=1)
    soft = F.softmax(teacher / temperature, dim=1)
    return nn.KLDivLoss(reduction="batchmean")(student, soft) * temperature**2


@brought("mlp")
def distilled() -> Call:
    """a small network taught by the scores of a large one (Hinton et al. 2015)"""
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    return call(model, torch.randn(3, 6), torch.randn(3, 3), distillation)


class TiedAutoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(8, 3)
        self.decoder_bias = nn.Parameter(torch.zeros(8))

    def forward(self, x: Tensor) -> Tensor:
        h = torch.sigmoid(self.encoder(x))
        return torch.sigmoid(F.linear(h, self.encoder.weight.t(), self.decoder_bias))


@brought("mlp")
def tied_autoencoder() -> Call:
    """an autoencoder whose decoder has the encoder's weights, transposed"""
    x = torch.rand(3, 8)
    return call(TiedAutoencoder(), x, x, nn.BCELoss())


@brought("mlp")
def stacked_autoencoder() -> Call:
    """an autoencoder of linear layers for flat images"""
    x = torch.rand(2, 16)
    encoder = nn.Sequential(nn.Linear(16, 8), nn.ReLU(True), nn.Linear(8, 3))
    decoder = nn.Sequential(nn.Linear(3, 8), nn.ReLU(True), nn.Linear(8, 16), nn.Tanh())
    return call(nn.Sequential(encoder, decoder), x, x, nn.MSELoss())
