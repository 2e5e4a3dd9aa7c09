"""Regression and tables: gated forecasters, click models, survival, orders, equations of motion."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class GLU(nn.Module):
    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(input_size, input_size)
        self.fc2 = nn.Linear(input_size, input_size)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        sig = self.sigmoid(self.fc1(x))
        return torch.mul(sig, self.fc2(x))


class GatedResidualNetwork(nn.Module):
    def __init__(self, input_size: int, hidden: int, output_size: int, context: int | None = None) -> None:
        super().__init__()
        self.input_size, self.output_size, self.context = input_size, output_size, context
        if self.input_size != self.output_size:
            self.skip_layer = nn.Linear(input_size, output_size)
        self.fc1 = nn.Linear(input_size, hidden)
        self.elu1 = nn.ELU()
        if self.context is not None:
            self.context_layer = nn.Linear(context, hidden, bias=False)
        self.fc2 = nn.Linear(hidden, output_size)
        self.gate = GLU(output_size)
        self.bn = nn.LayerNorm(output_size)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        residual = self.skip_layer(x) if self.input_size != self.output_size else x
        x = self.fc1(x)
        if context is not None:
            x = x + self.context_layer(context)
        x = self.fc2(self.elu1(x))
        return self.bn(self.gate(x) + residual)


class VariableSelection(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.num_inputs, self.input_size = 3, 2
        self.flattened_grn = GatedResidualNetwork(6, 4, 3, 2)
        self.single_variable_grns = nn.ModuleList([GatedResidualNetwork(2, 4, 4) for _ in range(3)])
        self.softmax = nn.Softmax(dim=-1)
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.out = nn.ModuleList([nn.Linear(4, 1) for _ in range(3)])

    def forward(self, embedding: Tensor, context: Tensor) -> Tensor:
        sparse_weights = self.softmax(self.flattened_grn(embedding, context)).unsqueeze(2)
        var_outputs = []
        for i in range(self.num_inputs):
            part = embedding[:, :, (i * self.input_size) : (i + 1) * self.input_size]
            var_outputs.append(self.single_variable_grns[i](part))
        var_outputs = torch.stack(var_outputs, dim=-1)
        outputs = (var_outputs * sparse_weights).sum(axis=-1)
        outputs, _ = self.lstm(outputs)
        return torch.cat([each(outputs) for each in self.out], dim=-1)


class QuantileLoss(nn.Module):
    def __init__(self, quantiles: list[float]) -> None:
        super().__init__()
        self.quantiles = quantiles

    def forward(self, preds: Tensor, target: Tensor) -> Tensor:
        losses = []
        for i, q in enumerate(self.quantiles):
            errors = target - preds[:, :, i]
            losses.append(torch.max((q - 1) * errors, q * errors).unsqueeze(1))
        return torch.mean(torch.sum(torch.cat(losses, dim=1), dim=1))


@brought("regression")
def temporal_fusion() -> Call:
    """mattsherar/Temporal_Fusion_Transform: variables selected by gated residual networks, three quantiles"""
    inputs = (torch.randn(2, 3, 6), torch.randn(2, 3, 2))
    return call(VariableSelection(), inputs, torch.randn(2, 3), QuantileLoss([0.1, 0.5, 0.9]))


class DeepAR(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(3, 2)
        self.lstm = nn.LSTM(input_size=4, hidden_size=3, num_layers=2)
        self.relu = nn.ReLU()
        self.distribution_mu = nn.Linear(6, 1)
        self.distribution_presigma = nn.Linear(6, 1)
        self.distribution_sigma = nn.Softplus()

    def step(self, x: Tensor, idx: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, ...]:
        onehot_embed = self.embedding(idx)
        lstm_input = torch.cat((x, onehot_embed), dim=2)
        _, (hidden, cell) = self.lstm(lstm_input, (hidden, cell))
        hidden_permute = hidden.permute(1, 2, 0).contiguous().view(hidden.shape[1], -1)
        pre_sigma = self.distribution_presigma(hidden_permute)
        mu = self.distribution_mu(hidden_permute)
        return torch.squeeze(mu), torch.squeeze(self.distribution_sigma(pre_sigma)), hidden, cell

    def forward(self, train_batch: Tensor, idx: Tensor, labels_batch: Tensor) -> Tensor:
        loss = torch.zeros(1)
        hidden, cell = torch.zeros(2, 2, 3), torch.zeros(2, 2, 3)
        for t in range(3):
            mu, sigma, hidden, cell = self.step(train_batch[t].unsqueeze_(0).clone(), idx, hidden, cell)
            loss += loss_fn(mu, sigma, labels_batch[t])
        return loss / 3


def loss_fn(mu: Tensor, sigma: Tensor, labels: Tensor) -> Tensor:
    zero_index = labels != 0
    distribution = torch.distributions.normal.Normal(mu[zero_index], sigma[zero_index])
    likelihood = distribution.log_prob(labels[zero_index])
    return -torch.mean(likelihood)


@brought("regression")
def deep_ar() -> Call:
    """zhykoties/TimeSeries: a Gaussian at each step, zero labels left out, losses added in place"""
    labels = torch.tensor([[1.0, 0.5], [0.0, 2.0], [1.5, 0.2]])
    return call(DeepAR(), (torch.randn(3, 2, 2), classes(3, 1, 2), labels), None, lambda loss, _: loss)


class CompressedInteraction(nn.Module):
    def __init__(self, input_dim: int, cross_layer_sizes: tuple[int, ...], split_half: bool = True) -> None:
        super().__init__()
        self.num_layers, self.split_half = len(cross_layer_sizes), split_half
        self.conv_layers = nn.ModuleList()
        prev_dim, fc_input_dim = input_dim, 0
        for i in range(self.num_layers):
            cross_layer_size = cross_layer_sizes[i]
            self.conv_layers.append(nn.Conv1d(input_dim * prev_dim, cross_layer_size, 1))
            if self.split_half and i != self.num_layers - 1:
                cross_layer_size //= 2
            prev_dim = cross_layer_size
            fc_input_dim += prev_dim
        self.fc = nn.Linear(fc_input_dim, 1)

    def forward(self, x: Tensor) -> Tensor:
        xs = []
        x0, h = x.unsqueeze(2), x
        for i in range(self.num_layers):
            x = x0 * h.unsqueeze(1)
            batch_size, f0_dim, fin_dim, embed_dim = x.shape
            x = x.view(batch_size, f0_dim * fin_dim, embed_dim)
            x = F.relu(self.conv_layers[i](x))
            if self.split_half and i != self.num_layers - 1:
                x, h = torch.split(x, x.shape[1] // 2, dim=1)
            else:
                h = x
            xs.append(x)
        return self.fc(torch.sum(torch.cat(xs, dim=1), 2))


class XDeepFM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 2)
        self.register_buffer("offsets", torch.tensor([0, 3, 5]), persistent=False)
        self.cin = CompressedInteraction(3, (4, 2))
        self.mlp = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(p=0.0), nn.Linear(4, 1))
        self.linear = nn.Embedding(9, 1)
        self.bias = nn.Parameter(torch.zeros((1,)))

    def forward(self, x: Tensor) -> Tensor:
        x = x + x.new_tensor([0, 3, 5]).unsqueeze(0)
        embed_x = self.embedding(x)
        linear = torch.sum(self.linear(x), dim=1) + self.bias
        x = linear + self.cin(embed_x) + self.mlp(embed_x.view(-1, 6))
        return torch.sigmoid(x.squeeze(1))


@brought("regression")
def x_deep_fm() -> Call:
    """rixwew/pytorch-fm: compressed interactions by 1x1 convolutions, split in halves"""
    fields = torch.stack([classes(3, 4), classes(2, 4), classes(4, 4)], 1)
    return call(XDeepFM(), fields, torch.tensor([1.0, 0.0, 1.0, 1.0]), nn.BCELoss())


class Dice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros((1,)) + 0.1)

    def forward(self, x: Tensor) -> Tensor:
        avg = x.mean(dim=0)
        std = x.std(dim=0)
        norm_x = (x - avg) / std
        p = torch.sigmoid(norm_x)
        return x.mul(p) + self.alpha * x.mul(1 - p)


class DeepInterest(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(7, 3)
        self.att = nn.Sequential(nn.Linear(12, 4), Dice(), nn.Linear(4, 1))
        self.mlp = nn.Sequential(nn.Linear(6, 4), Dice(), nn.Linear(4, 1), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        behaviors_x, ads_x = x[:, :-1], x[:, -1:]
        mask = (behaviors_x > 0).float().unsqueeze(-1)
        behaviors, ad = self.embed(behaviors_x).mul(mask), self.embed(ads_x)
        ads = ad.expand(-1, behaviors.size(1), -1)
        pairs = torch.cat([ads, behaviors, ads - behaviors, ads.mul(behaviors)], dim=-1)
        weights = self.att(pairs.view(-1, 12)).view(x.size(0), -1, 1) * mask
        pooled = (behaviors * weights).sum(dim=1)
        return self.mlp(torch.cat([pooled, ad.flatten(1)], dim=1))


@brought("regression")
def deep_interest() -> Call:
    """a deep interest network with Dice, padded behaviours masked"""
    x = torch.tensor([[1, 2, 0, 3], [4, 0, 0, 1], [6, 5, 2, 2]])
    return call(DeepInterest(), x, torch.tensor([[1.0], [0.0], [1.0]]), F.binary_cross_entropy)


def cox(risk_pred: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
    y, e = target
    mask = torch.ones(y.shape[0], y.shape[0])
    mask[(y.T - y) > 0] = 0
    log_loss = torch.exp(risk_pred) * mask
    log_loss = torch.sum(log_loss, dim=0) / torch.sum(mask, dim=0)
    log_loss = torch.log(log_loss).reshape(-1, 1)
    return -torch.sum((risk_pred - log_loss) * e) / torch.sum(e)


@brought("regression")
def deep_surv() -> Call:
    """czifan/DeepSurv.pytorch: the negative partial log likelihood by a mask of times"""
    model = nn.Sequential(nn.Linear(4, 5), nn.SELU(), nn.Linear(5, 1))
    target = (torch.tensor([[3.0], [1.0], [4.0], [2.0]]), torch.tensor([[1.0], [0.0], [1.0], [1.0]]))
    return call(model, torch.randn(4, 4), target, cox)


def cox_sorted(log_h: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
    durations, events = target
    idx = durations.sort(descending=True)[1]
    events, log_h = events[idx], log_h.view(-1)[idx]
    gamma = log_h.max()
    log_cumsum_h = log_h.sub(gamma).exp().cumsum(0).add(1e-7).log().add(gamma)
    return -log_h.sub(log_cumsum_h).mul(events).sum().div(events.sum())


@brought("regression")
def survival_sorted() -> Call:
    """havakv/pycox: times sorted, risks summed cumulatively"""
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.BatchNorm1d(5), nn.Linear(5, 1, bias=False))
    target = (torch.tensor([3.0, 1.0, 4.0, 2.0]), torch.tensor([1.0, 0.0, 1.0, 1.0]))
    return call(model, torch.randn(4, 4), target, cox_sorted)


class Coral(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(4, 5), nn.LeakyReLU(), nn.BatchNorm1d(5))
        self.coral_weights = nn.Linear(5, 1, bias=False)
        self.coral_bias = nn.Parameter(torch.arange(3, 0, -1).float() / 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.coral_weights(self.features(x)) + self.coral_bias


def coral_loss(logits: Tensor, y: Tensor) -> Tensor:
    levels = torch.stack([torch.tensor([1.0] * int(label) + [0.0] * (3 - int(label))) for label in y])
    term1 = F.logsigmoid(logits) * levels + (F.logsigmoid(logits) - logits) * (1 - levels)
    return torch.mean(-torch.sum(term1, dim=1))


@brought("regression")
def orders_as_levels() -> Call:
    """Raschka-research-group/coral-pytorch: ordered classes as levels with one weight"""
    return call(Coral(), torch.randn(4, 4), classes(4, 4), coral_loss)


class Pendulum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 2))
        self.log_mass = nn.Parameter(torch.tensor(0.1))

    def rk4(self, y: Tensor, h: float) -> Tensor:
        k1 = self.f(y**3)
        k2 = self.f((y + 0.5 * h * k1) ** 3)
        k3 = self.f((y + 0.5 * h * k2) ** 3)
        k4 = self.f((y + h * k3) ** 3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    def forward(self, y0: Tensor) -> Tensor:
        t = torch.linspace(0.0, 1.0, 4)
        trajectory = [y0]
        for i in range(len(t) - 1):
            trajectory.append(self.rk4(trajectory[-1], (t[i + 1] - t[i]).item()))
        out = torch.stack(trajectory)
        energy = 0.5 * torch.exp(self.log_mass) * out[..., 1].square() + 9.81 * (1 - torch.cos(out[..., 0]))
        return torch.cat([out, energy.unsqueeze(-1)], dim=-1)


def physics_loss(out: Tensor, target: Tensor) -> Tensor:
    data = torch.log(torch.cosh(out[..., :2] - target)).mean()
    drift = torch.diff(out[..., 2], dim=0)
    return data + 0.1 * torch.mean(drift**2) + 1e-3 * torch.hypot(out[-1, :, 0], out[-1, :, 1]).sum() / math.pi


@brought("regression")
def pendulum_integrated() -> Call:
    """a neural equation of motion by Runge-Kutta, log-cosh and the drift of its energy"""
    return call(Pendulum(), torch.randn(3, 2), torch.randn(4, 3, 2), physics_loss)
