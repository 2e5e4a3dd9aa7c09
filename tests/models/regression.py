"""Networks of functions, sets, graphs and series, as physics and forecasting have them."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class PINN(nn.Module):
    def __init__(self, layers: list[int]) -> None:
        super().__init__()
        self.activation = nn.Tanh()
        self.linears = nn.ModuleList([nn.Linear(layers[i], layers[i + 1]) for i in range(len(layers) - 1)])
        for layer in self.linears:
            nn.init.xavier_normal_(layer.weight.data, gain=1.0)
            nn.init.zeros_(layer.bias.data)

    def forward(self, x: Tensor) -> Tensor:
        a = x
        for i in range(len(self.linears) - 1):
            a = self.activation(self.linears[i](a))
        return self.linears[-1](a)


@brought("regression")
def physics_informed() -> Call:
    """a function of place and time by tanh (Raissi et al. 2017), at given values"""
    return call(PINN([2, 8, 8, 1]), torch.rand(5, 2), torch.randn(5, 1), nn.MSELoss())


class Sin(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x)


@brought("regression")
def physics_informed_by_sines() -> Call:
    """the same with sines"""
    model = nn.Sequential(nn.Linear(1, 8), Sin(), nn.Linear(8, 8), Sin(), nn.Linear(8, 1))
    return call(model, torch.linspace(0, 1, 6).view(-1, 1), torch.randn(6, 1), nn.MSELoss())


class SineLayer(nn.Module):
    def __init__(self, in_features: int, out_features: int, omega_0: float = 30.0, is_first: bool = False) -> None:
        super().__init__()
        self.omega_0 = omega_0
        self.linear = nn.Linear(in_features, out_features)
        bound = 1 / in_features if is_first else math.sqrt(6 / in_features) / omega_0
        with torch.no_grad():
            self.linear.weight.uniform_(-bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return torch.sin(self.omega_0 * self.linear(input))


@brought("regression")
def siren() -> Call:
    """an image as a function of the place, by fast sines (Sitzmann et al. 2020)"""
    model = nn.Sequential(SineLayer(2, 6, is_first=True), SineLayer(6, 6), nn.Linear(6, 1))
    return call(model, torch.rand(4, 2) * 2 - 1, torch.rand(4, 1), nn.MSELoss())


class FourierFeatures(nn.Module):
    def __init__(self, features: int, scale: float = 2.0) -> None:
        super().__init__()
        self.register_buffer("B", torch.randn(2, features) * scale)
        self.net = nn.Sequential(nn.Linear(2 * features, 8), nn.ReLU(), nn.Linear(8, 3), nn.Sigmoid())

    def forward(self, v: Tensor) -> Tensor:
        x_proj = (2.0 * math.pi * v) @ self.B
        return self.net(torch.cat([torch.sin(x_proj), torch.cos(x_proj)], dim=-1))


@brought("regression")
def fourier_features() -> Call:
    """sines and cosines of fixed random directions (Tancik et al. 2020)"""
    return call(FourierFeatures(4), torch.rand(4, 2), torch.rand(4, 3), nn.MSELoss())


class DeepSets(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(2, 6), nn.ELU(), nn.Linear(6, 4))
        self.rho = nn.Sequential(nn.Linear(4, 6), nn.ELU(), nn.Linear(6, 1))

    def forward(self, x: Tensor) -> Tensor:
        h = self.phi(x)
        return self.rho(h.sum(dim=1))


@brought("regression")
def deep_sets() -> Call:
    """a function of sets, as the sum over their members (Zaheer et al. 2017)"""
    return call(DeepSets(), torch.randn(3, 4, 2), torch.randn(3, 1), nn.MSELoss())


class PointNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(3, 6, 1)
        self.conv2 = nn.Conv1d(6, 8, 1)
        self.bn1 = nn.BatchNorm1d(6)
        self.bn2 = nn.BatchNorm1d(8)
        self.fc = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x = torch.max(x, 2, keepdim=True)[0]
        x = x.view(-1, 8)
        return F.log_softmax(self.fc(x), dim=1)


@brought("regression")
def pointnet() -> Call:
    """the maximum over points, classified (Qi et al. 2016), in training"""
    return call(PointNet(), torch.randn(2, 3, 5), classes(4, 2), F.nll_loss)


class RBF(nn.Module):
    def __init__(self, in_features: int, centers: int) -> None:
        super().__init__()
        self.centers = nn.Parameter(torch.randn(centers, in_features))
        self.log_sigmas = nn.Parameter(torch.zeros(centers))
        self.linear = nn.Linear(centers, 1)

    def forward(self, x: Tensor) -> Tensor:
        distances = (x.unsqueeze(1) - self.centers.unsqueeze(0)).pow(2).sum(-1)
        return self.linear(torch.exp(-distances / (2 * torch.exp(self.log_sigmas) ** 2)))


@brought("regression")
def radial_basis() -> Call:
    """bells around learned centres (Broomhead and Lowe 1988)"""
    return call(RBF(2, 4), torch.randn(4, 2), torch.randn(4, 1), nn.MSELoss())


class Euler(nn.Module):
    def __init__(self, steps: int) -> None:
        super().__init__()
        self.f = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))
        self.steps, self.dt = steps, 1 / steps

    def forward(self, y: Tensor) -> Tensor:
        for _ in range(self.steps):
            y = y + self.dt * self.f(y)
        return y


@brought("regression")
def neural_differential_equation() -> Call:
    """one network as the slope in Euler's method (Chen et al. 2018)"""
    return call(Euler(3), torch.randn(3, 2), torch.randn(3, 2), nn.L1Loss())


class DeepONet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 4))
        self.trunk = nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.Linear(6, 4))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, u: Tensor, y: Tensor) -> Tensor:
        return torch.einsum("bi,ni->bn", self.branch(u), self.trunk(y)) + self.b


@brought("regression")
def operator_network() -> Call:
    """a function applied to a function, as in DeepONet (Lu et al. 2019): two inputs"""
    return call(DeepONet(), (torch.randn(2, 5), torch.rand(3, 1)), torch.randn(2, 3), nn.MSELoss())


class GraphConvolution(nn.Module):
    def __init__(self, adjacency: Tensor) -> None:
        super().__init__()
        self.register_buffer("adj", adjacency)
        self.gc1 = nn.Linear(3, 5, bias=False)
        self.gc2 = nn.Linear(5, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.adj @ self.gc1(x))
        return F.log_softmax(self.adj @ self.gc2(x), dim=1)


@brought("regression")
def graph_convolution() -> Call:
    """features averaged over neighbours (Kipf and Welling 2016), the graph in the model"""
    a = torch.tensor([[1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]])
    return call(GraphConvolution(a / a.sum(1, keepdim=True)), torch.randn(4, 3), classes(2, 4), nn.NLLLoss())


def gaussian_nll(out: Tensor, target: Tensor) -> Tensor:
    mean, raw = out.chunk(2, dim=1)
    return nn.GaussianNLLLoss()(mean, target, F.softplus(raw))


@brought("regression")
def mean_and_variance() -> Call:
    """a mean and a variance with the likelihood for a loss (Nix and Weigend 1994)"""
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    return call(model, torch.randn(4, 2), torch.randn(4, 1), gaussian_nll)


def pinball(out: Tensor, target: Tensor) -> Tensor:
    errors = target - out
    losses = [torch.max((q - 1) * errors[:, i], q * errors[:, i]) for i, q in enumerate((0.1, 0.5, 0.9))]
    return torch.stack(losses).sum(0).mean()


@brought("regression")
def quantiles() -> Call:
    """three quantiles at once by the pinball loss (Koenker and Bassett 1978)"""
    model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 3))
    return call(model, torch.randn(4, 2), torch.randn(4, 1), pinball)


@brought("regression")
def huber() -> Call:
    """a regression that outliers do not pull"""
    model = nn.Sequential(nn.Linear(3, 6), nn.Softplus(), nn.Linear(6, 1))
    return call(model, torch.randn(4, 3), 3 * torch.randn(4, 1), nn.HuberLoss(delta=0.5))


@brought("regression")
def counts() -> Call:
    """counts with Poisson's likelihood"""
    model = nn.Sequential(nn.Linear(3, 6), nn.Mish(), nn.Linear(6, 1))
    return call(model, torch.randn(4, 3), torch.tensor([[0.0], [2.0], [1.0], [5.0]]), nn.PoissonNLLLoss())


class DLinear(nn.Module):
    def __init__(self, seq_len: int, pred_len: int, kernel_size: int = 3) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.avg = nn.AvgPool1d(kernel_size=kernel_size, stride=1)
        self.Linear_Seasonal = nn.Linear(seq_len, pred_len)
        self.Linear_Trend = nn.Linear(seq_len, pred_len)

    def forward(self, x: Tensor) -> Tensor:
        front = x[:, :, :1].repeat(1, 1, (self.kernel_size - 1) // 2)
        end = x[:, :, -1:].repeat(1, 1, (self.kernel_size - 1) // 2)
        trend = self.avg(torch.cat([front, x, end], dim=2))
        return self.Linear_Seasonal(x - trend) + self.Linear_Trend(trend)


@brought("regression")
def decomposed_series() -> Call:
    """a series parted in trend and rest, each forecast by a linear layer (Zeng et al. 2022)"""
    return call(DLinear(6, 3), torch.randn(2, 1, 6), torch.randn(2, 1, 3), nn.MSELoss())


class NBeats(nn.Module):
    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            [nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 5 + 2)) for _ in range(blocks)]
        )

    def forward(self, x: Tensor) -> Tensor:
        forecast = torch.zeros(x.size(0), 2, device=x.device)
        for block in self.blocks:
            theta = block(x)
            x = x - theta[:, :5]
            forecast = forecast + theta[:, 5:]
        return forecast


@brought("regression")
def backcast_and_forecast() -> Call:
    """blocks that take away what they explain and add what they foresee (Oreshkin et al. 2019)"""
    return call(NBeats(2), torch.randn(3, 5), torch.randn(3, 2), nn.L1Loss())
