"""Reinforcement learning and regression, as notebooks and repositories write the loss of one step."""

import math
from typing import Any

import torch
from torch import nn
from torch.distributions import Categorical, Normal
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class DuelingDQN(nn.Module):
    def __init__(self, input_shape: tuple[int, int, int] = (1, 6, 6), num_actions: int = 3) -> None:
        super().__init__()
        self.input_shape = input_shape
        self.features = nn.Sequential(
            nn.Conv2d(input_shape[0], 2, 3, stride=2), nn.ReLU(), nn.Conv2d(2, 3, 2), nn.ReLU()
        )
        self.advantage = nn.Sequential(nn.Linear(self.feature_size(), 4), nn.ReLU(), nn.Linear(4, num_actions))
        self.value = nn.Sequential(nn.Linear(self.feature_size(), 4), nn.ReLU(), nn.Linear(4, 1))

    def feature_size(self) -> int:
        return self.features(torch.zeros(1, *self.input_shape)).view(1, -1).size(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = x.view(x.size(0), -1)
        advantage = self.advantage(x)
        value = self.value(x)
        return value + advantage - advantage.mean()


def td_loss(q_values: Tensor, batch: tuple[Tensor, ...]) -> Tensor:
    action, reward, next_q_values, done = batch
    q_value = q_values.gather(1, action.unsqueeze(1)).squeeze(1)
    next_q_value = next_q_values.max(1)[0]
    expected_q_value = reward + 0.99 * next_q_value * (1 - done)
    return (q_value - expected_q_value.detach()).pow(2).mean()


@brought("reinforcement")
def dueling_of_higgsfield() -> Call:
    """higgsfield's RL Adventure: dueling values of images, the error of temporal differences by gather"""
    batch = (classes(3, 2), torch.randn(2), torch.randn(2, 3), torch.tensor([0.0, 1.0]))
    return call(DuelingDQN(), torch.rand(2, 1, 6, 6), batch, td_loss)


class ActorCritic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.affine1 = nn.Linear(4, 6)
        self.action_head = nn.Linear(6, 2)
        self.value_head = nn.Linear(6, 1)
        self.saved_actions: list[Any] = []

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.affine1(x))
        action_prob = F.softmax(self.action_head(x), dim=-1)
        state_values = self.value_head(x)
        return action_prob, state_values


def finish_episode(outputs: tuple[Tensor, Tensor], batch: tuple[Tensor, Tensor]) -> Tensor:
    probs, values = outputs
    actions, rewards = batch
    m = Categorical(probs)
    log_probs = m.log_prob(actions)
    policy_losses = []
    value_losses = []
    R = 0
    returns: list[Any] = []
    for r in rewards.tolist()[::-1]:
        R = r + 0.99 * R
        returns.insert(0, R)
    returns = torch.tensor(returns, dtype=values.dtype)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    for log_prob, value, R in zip(log_probs, values, returns, strict=True):
        advantage = R - value.item()
        policy_losses.append(-log_prob * advantage)
        value_losses.append(F.smooth_l1_loss(value, torch.tensor([R], dtype=value.dtype)))
    return torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()


@brought("reinforcement")
def actor_critic_of_examples() -> Call:
    """pytorch/examples' actor-critic: a Categorical, advantages by item(), losses collected in lists"""
    return call(ActorCritic(), torch.randn(3, 4), (classes(2, 3), torch.ones(3)), finish_episode)


class GaussianPolicy(nn.Module):
    def __init__(self, num_inputs: int, num_actions: int, hidden_dim: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(num_inputs, hidden_dim)
        self.mean_linear = nn.Linear(hidden_dim, num_actions)
        self.log_std_linear = nn.Linear(hidden_dim, num_actions)
        self.action_scale = torch.tensor(1.0)

    def forward(self, state: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.linear1(state))
        mean = self.mean_linear(x)
        log_std = self.log_std_linear(x)
        log_std = torch.clamp(log_std, min=-20, max=2)
        std = log_std.exp()
        normal = Normal(mean, std)
        x_t = mean + std * noise
        y_t = torch.tanh(x_t)
        action = y_t * self.action_scale
        log_prob = normal.log_prob(x_t)
        log_prob -= torch.log(self.action_scale * (1 - y_t.pow(2)) + 1e-6)
        log_prob = log_prob.sum(1, keepdim=True)
        return action, log_prob


@brought("reinforcement")
def soft_actor_of_pranz24() -> Call:
    """pranz24's soft actor-critic: a squashed normal distribution inside the model, its noise given"""

    def policy_loss(outputs: tuple[Tensor, Tensor], q: Tensor) -> Tensor:
        pi, log_pi = outputs
        return ((0.2 * log_pi) - (q * pi).sum(1, keepdim=True)).mean()

    return call(GaussianPolicy(3, 2, 4), (torch.randn(3, 3), torch.randn(3, 2)), torch.randn(3, 2), policy_loss)


class Polynomial3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(()))
        self.b = nn.Parameter(torch.randn(()))
        self.c = nn.Parameter(torch.randn(()))
        self.d = nn.Parameter(torch.randn(()))

    def forward(self, x: Tensor) -> Tensor:
        return self.a + self.b * x + self.c * x**2 + self.d * x**3

    def string(self) -> str:
        return f"y = {self.a.item()} + {self.b.item()} x"


@brought("regression")
def polynomial_of_the_tutorial() -> Call:
    """torch's "Learning PyTorch with Examples": a third-order polynomial of parameters without axes"""
    x = torch.linspace(-math.pi, math.pi, 6)
    return call(Polynomial3(), x, torch.sin(x), torch.nn.MSELoss(reduction="sum"))


class QuantileLoss(nn.Module):
    def __init__(self, quantiles: list[float]) -> None:
        super().__init__()
        self.quantiles = quantiles

    def forward(self, preds: Tensor, target: Tensor) -> Tensor:
        assert not target.requires_grad
        assert preds.size(0) == target.size(0)
        losses = []
        for i, q in enumerate(self.quantiles):
            errors = target - preds[:, i]
            losses.append(torch.max((q - 1) * errors, q * errors).unsqueeze(1))
        return torch.mean(torch.sum(torch.cat(losses, dim=1), dim=1))


@brought("regression")
def quantiles_of_ceshine() -> Call:
    """the quantile loss of the notebook of ceshine: the greater of two lines for each quantile"""
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))
    return call(model, torch.randn(5, 2), torch.randn(5), QuantileLoss([0.1, 0.5, 0.9]))


class MDN(nn.Module):
    def __init__(self, in_features: int = 1, out_features: int = 2, num_gaussians: int = 3) -> None:
        super().__init__()
        self.in_features, self.out_features, self.num_gaussians = in_features, out_features, num_gaussians
        self.pi = nn.Sequential(nn.Linear(in_features, num_gaussians), nn.Softmax(dim=1))
        self.sigma = nn.Linear(in_features, out_features * num_gaussians)
        self.mu = nn.Linear(in_features, out_features * num_gaussians)

    def forward(self, minibatch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        pi = self.pi(minibatch)
        sigma = torch.exp(self.sigma(minibatch))
        sigma = sigma.view(-1, self.num_gaussians, self.out_features)
        mu = self.mu(minibatch)
        mu = mu.view(-1, self.num_gaussians, self.out_features)
        return pi, sigma, mu


def gaussian_probability(sigma: Tensor, mu: Tensor, target: Tensor) -> Tensor:
    target = target.unsqueeze(1).expand_as(sigma)
    ret = 1.0 / math.sqrt(2 * math.pi) * torch.exp(-0.5 * ((target - mu) / sigma) ** 2) / sigma
    return torch.prod(ret, 2)


def mdn_loss(outputs: tuple[Tensor, Tensor, Tensor], target: Tensor) -> Tensor:
    pi, sigma, mu = outputs
    prob = pi * gaussian_probability(sigma, mu, target)
    nll = -torch.log(torch.sum(prob, dim=1))
    return torch.mean(nll)


@brought("regression")
def mixture_density_of_sagelywizard() -> Call:
    """sagelywizard's mixture density network: densities multiplied by torch.prod"""
    return call(MDN(), torch.randn(4, 1), torch.randn(4, 2), mdn_loss)
