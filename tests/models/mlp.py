"""Networks of linear layers, from the first lesson to tables of data."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes, trained


class NeuralNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(6 * 6, 16),
            nn.ReLU(),
            nn.Linear(16, 16),
            nn.ReLU(),
            nn.Linear(16, 10),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.flatten(x)
        logits = self.linear_relu_stack(x)
        return logits


@brought("mlp")
def quickstart() -> Call:
    """the network of PyTorch's quickstart"""
    return call(NeuralNetwork(), torch.rand(3, 1, 6, 6), classes(10, 3), nn.CrossEntropyLoss())


class LogisticRegression(nn.Module):
    def __init__(self, input_dim: int, output_dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(input_dim, output_dim)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.linear(x))


@brought("mlp")
def logistic_regression() -> Call:
    """a sigmoid of one linear layer, and the binary cross entropy"""
    return call(LogisticRegression(4, 1), torch.randn(5, 4), torch.randint(2, (5, 1)).float(), nn.BCELoss())


@brought("mlp")
def linear_regression() -> Call:
    """one linear layer and the squared error"""
    return call(nn.Linear(2, 1), torch.randn(8, 2), torch.randn(8, 1), nn.MSELoss())


class Iris(nn.Module):
    def __init__(self, in_features: int = 4, h1: int = 8, h2: int = 9, out_features: int = 3) -> None:
        super().__init__()
        self.fc1 = nn.Linear(in_features, h1)
        self.fc2 = nn.Linear(h1, h2)
        self.out = nn.Linear(h2, out_features)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.out(x)
        return x


@brought("mlp")
def iris() -> Call:
    """three kinds of iris from four measures"""
    return call(Iris(), 4 * torch.rand(4, 4), classes(3, 4), nn.CrossEntropyLoss())


class Xor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 2)
        self.output = nn.Linear(2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.sigmoid(self.hidden(x))
        return F.sigmoid(self.output(x))


@brought("mlp")
def exclusive_or() -> Call:
    """the exclusive or, by sigmoids and the squared error"""
    inputs = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return call(Xor(), inputs, torch.tensor([[0.0], [1.0], [1.0], [0.0]]), F.mse_loss)


class DigitsMlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(36, 12)
        self.fc2 = nn.Linear(12, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.view(x.shape[0], -1)
        x = torch.tanh(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


@brought("mlp")
def digits() -> Call:
    """a network of one hidden layer that ends with log_softmax"""
    return call(DigitsMlp(), torch.randn(4, 1, 6, 6), classes(10, 4), nn.NLLLoss())


@brought("mlp")
def churn() -> Call:
    """a table of data: batch normalisation and dropout between linear layers, evaluated"""
    model = nn.Sequential(
        nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 4), nn.BatchNorm1d(4), nn.ReLU(),
        nn.Linear(4, 1),
    )  # fmt: skip
    weight = torch.tensor([3.0])
    loss = nn.BCEWithLogitsLoss(pos_weight=weight)
    return call(trained(model), torch.randn(5, 6), torch.randint(2, (5, 1)).float(), loss)


class TabularModel(nn.Module):
    def __init__(self, emb_szs: list[tuple[int, int]], n_cont: int, out_sz: int, layers: list[int], p: float) -> None:
        super().__init__()
        self.embeds = nn.ModuleList([nn.Embedding(ni, nf) for ni, nf in emb_szs])
        self.emb_drop = nn.Dropout(p)
        self.bn_cont = nn.BatchNorm1d(n_cont)
        n_in = sum(nf for _, nf in emb_szs) + n_cont
        layerlist: list[nn.Module] = []
        for i in layers:
            layerlist += [nn.Linear(n_in, i), nn.ReLU(inplace=True), nn.BatchNorm1d(i), nn.Dropout(p)]
            n_in = i
        layerlist.append(nn.Linear(layers[-1], out_sz))
        self.layers = nn.Sequential(*layerlist)

    def forward(self, x_cat: Tensor, x_cont: Tensor) -> Tensor:
        embeddings = [e(x_cat[:, i]) for i, e in enumerate(self.embeds)]
        x = self.emb_drop(torch.cat(embeddings, 1))
        x = torch.cat([x, self.bn_cont(x_cont)], 1)
        return self.layers(x)


@brought("mlp")
def taxi_fares() -> Call:
    """a table with categories, embedded, and numbers: two inputs (Guo and Berkhahn 2016)"""
    model = trained(TabularModel([(7, 3), (4, 2)], 3, 1, [8, 6], 0.4))
    x_cat = torch.tensor([[1, 0], [6, 3], [2, 2]])
    return call(model, (x_cat, torch.randn(3, 3)), torch.randn(3, 1), nn.MSELoss())


class ResidualMlp(nn.Module):
    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.first = nn.Linear(5, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)) for _ in range(depth)
        )
        self.last = nn.Linear(width, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for block in self.blocks:
            x = x + block(x)
        return self.last(x)


@brought("mlp")
def residual_mlp() -> Call:
    """linear layers with shortcuts, in a loop over an nn.ModuleList"""
    return call(ResidualMlp(6, 3), torch.randn(4, 5), classes(3, 4), nn.CrossEntropyLoss())


@brought("mlp")
def self_normalising() -> Call:
    """SELU and its dropout, switched off (Klambauer et al. 2017)"""
    model = nn.Sequential(nn.Linear(5, 8), nn.SELU(), nn.AlphaDropout(0.1), nn.Linear(8, 8), nn.SELU(), nn.Linear(8, 2))
    return call(model.eval(), torch.randn(3, 5), classes(2, 3), nn.CrossEntropyLoss())


@brought("mlp")
def layer_norm_mlp() -> Call:
    """GELU and layer normalisation (Ba et al. 2016)"""
    model = nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 1))
    return call(model, torch.randn(3, 5), torch.randn(3, 1), nn.L1Loss())


def log_rmse(preds: Tensor, labels: Tensor) -> Tensor:
    clipped = torch.clamp(preds, 1, float("inf"))
    return torch.sqrt(F.mse_loss(torch.log(clipped), torch.log(labels)))


@brought("mlp")
def house_prices() -> Call:
    """prices of houses by the error of their logarithms, as in Dive into Deep Learning"""
    model = nn.Sequential(nn.Linear(6, 1))
    nn.init.constant_(model[0].bias, 3.0)
    return call(model, torch.rand(4, 6), 1 + 4 * torch.rand(4, 1), log_rmse)


class Scratch(nn.Module):
    def __init__(self, num_inputs: int, num_outputs: int, num_hiddens: int, sigma: float = 0.5) -> None:
        super().__init__()
        self.W1 = nn.Parameter(torch.randn(num_inputs, num_hiddens) * sigma)
        self.b1 = nn.Parameter(torch.zeros(num_hiddens))
        self.W2 = nn.Parameter(torch.randn(num_hiddens, num_outputs) * sigma)
        self.b2 = nn.Parameter(torch.zeros(num_outputs))

    def forward(self, X: Tensor) -> Tensor:
        X = X.reshape((-1, 16))
        H = torch.max(torch.matmul(X, self.W1) + self.b1, torch.zeros_like(torch.matmul(X, self.W1)))
        return H @ self.W2 + self.b2


@brought("mlp")
def mlp_from_scratch() -> Call:
    """weights as parameters of the model's own and a ReLU by hand, as in Dive into Deep Learning"""
    return call(Scratch(16, 5, 8), torch.randn(3, 1, 4, 4), classes(5, 3), nn.CrossEntropyLoss())


class Polynomial3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(()))
        self.b = nn.Parameter(torch.randn(()))
        self.c = nn.Parameter(torch.randn(()))
        self.d = nn.Parameter(torch.randn(()))

    def forward(self, x: Tensor) -> Tensor:
        return self.a + self.b * x + self.c * x**2 + self.d * x**3


@brought("mlp")
def cubic() -> Call:
    """a polynomial of degree three fitted to a sine, by four parameters, from PyTorch's tutorials by example"""
    x = torch.linspace(-3.0, 3.0, 9)
    return call(Polynomial3(), x, torch.sin(x), nn.MSELoss(reduction="sum"))


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.input_linear = nn.Linear(4, 6)
        self.middle_linear = nn.Linear(6, 6)
        self.output_linear = nn.Linear(6, 1)

    def forward(self, x: Tensor) -> Tensor:
        h_relu = self.input_linear(x).clamp(min=0)
        for _ in range(3):
            h_relu = self.middle_linear(h_relu).clamp(min=0)
        return self.output_linear(h_relu)


@brought("mlp")
def one_layer_thrice() -> Call:
    """one hidden layer called three times, with clamp for ReLU"""
    return call(Shared(), torch.randn(3, 4), torch.randn(3, 1), nn.MSELoss(reduction="sum"))
