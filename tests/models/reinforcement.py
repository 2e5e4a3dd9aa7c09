"""Networks of agents: values, policies, and both."""

import math

import torch
from torch import nn
from torch.distributions import Categorical, Normal
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class DQN(nn.Module):
    def __init__(self, n_observations: int, n_actions: int) -> None:
        super().__init__()
        self.layer1 = nn.Linear(n_observations, 8)
        self.layer2 = nn.Linear(8, 8)
        self.layer3 = nn.Linear(8, n_actions)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        return self.layer3(x)


@brought("reinforcement")
def cart_pole() -> Call:
    """the values of two actions and the Huber loss, from PyTorch's tutorial"""
    return call(DQN(4, 2), torch.randn(3, 4), torch.randn(3, 2), nn.SmoothL1Loss())


def of_taken(actions: Tensor) -> object:
    return lambda q, target: F.mse_loss(q.gather(1, actions).squeeze(1), target)


@brought("reinforcement")
def values_of_taken_actions() -> Call:
    """the same where only the action taken has a target, by gather"""
    return call(DQN(4, 2), torch.randn(3, 4), torch.randn(3), of_taken(torch.tensor([[0], [1], [1]])))


class AtariDQN(nn.Module):
    def __init__(self, actions: int) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.Conv2d(4, 4, 4, stride=2), nn.ReLU(), nn.Conv2d(4, 6, 3, stride=1), nn.ReLU(), nn.Flatten(),
            nn.Linear(54, 12), nn.ReLU(), nn.Linear(12, actions),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x / 255.0)


@brought("reinforcement")
def atari() -> Call:
    """four frames of a game, scaled by 255 in the model (Mnih et al. 2015)"""
    return call(AtariDQN(3), torch.randint(256, (1, 4, 12, 12)).float(), torch.randn(1, 3), nn.MSELoss())


class Dueling(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.feature = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
        self.advantage = nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 3))
        self.value = nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.feature(x)
        advantage = self.advantage(x)
        value = self.value(x)
        return value + advantage - advantage.mean(dim=1, keepdim=True)


@brought("reinforcement")
def dueling() -> Call:
    """a value and advantages less their mean (Wang et al. 2015)"""
    return call(Dueling(), torch.randn(3, 4), torch.randn(3, 3), nn.MSELoss())


class ActorCritic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.affine1 = nn.Linear(4, 8)
        self.action_head = nn.Linear(8, 2)
        self.value_head = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.affine1(x))
        action_prob = F.softmax(self.action_head(x), dim=-1)
        state_values = self.value_head(x)
        return action_prob, state_values


@brought("reinforcement", "action_head")
def critic_of_actor_critic() -> Call:
    """the value of a state, one of two outputs, from PyTorch's examples"""
    return call(ActorCritic(), torch.randn(3, 4), torch.randn(3, 1), F.smooth_l1_loss, output=1)


def policy_gradient(actions: Tensor) -> object:
    return lambda probs, returns: -(torch.log(probs.gather(1, actions)).squeeze(1) * returns).mean()


@brought("reinforcement")
def actor_and_critic() -> Call:
    """both outputs of the same, each with its loss (Mnih et al. 2016)"""
    losses = [policy_gradient(torch.tensor([[0], [1], [1]])), nn.MSELoss()]
    return call(ActorCritic(), torch.randn(3, 4), (torch.randn(3), torch.randn(3, 1)), None, losses=losses)


class Policy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.affine1 = nn.Linear(4, 8)
        self.dropout = nn.Dropout(p=0.6)
        self.affine2 = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.affine1(x)
        x = self.dropout(x)
        x = F.relu(x)
        action_scores = self.affine2(x)
        return F.log_softmax(action_scores, dim=1)


@brought("reinforcement")
def imitation() -> Call:
    """a policy that copies an expert's actions, evaluated"""
    return call(Policy().eval(), torch.randn(4, 4), classes(2, 4), nn.NLLLoss())


@brought("reinforcement")
def reinforce() -> Call:
    """a policy whose logarithms are weighted by returns (Williams 1992)"""
    taken = torch.tensor([[0], [1], [1]])
    return call(Policy().eval(), torch.randn(3, 4), torch.randn(3), lambda z, g: -(z.gather(1, taken)[:, 0] * g).sum())


class Actor(nn.Module):
    def __init__(self, state_dim: int, action_dim: int, max_action: float) -> None:
        super().__init__()
        self.l1 = nn.Linear(state_dim, 8)
        self.l2 = nn.Linear(8, action_dim)
        self.max_action = max_action

    def forward(self, state: Tensor) -> Tensor:
        a = F.relu(self.l1(state))
        return self.max_action * torch.tanh(self.l2(a))


@brought("reinforcement")
def ddpg_actor() -> Call:
    """an action within bounds, by tanh times the largest (Lillicrap et al. 2015)"""
    return call(Actor(3, 2, 2.0), torch.randn(3, 3), torch.randn(3, 2), nn.MSELoss())


class TwinCritic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q1 = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 1))
        self.q2 = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 1))

    def forward(self, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        sa = torch.cat([state, action], 1)
        return self.q1(sa), self.q2(sa)


@brought("reinforcement")
def td3_critics() -> Call:
    """two critics of state and action: two inputs, two outputs, one target (Fujimoto et al. 2018)"""
    target = torch.randn(3, 1)
    inputs = torch.randn(3, 3), torch.randn(3, 2)
    return call(TwinCritic(), inputs, [target, target], None, losses=[nn.MSELoss(), nn.MSELoss()])


class GaussianPolicy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 4))

    def forward(self, obs: Tensor) -> Tensor:
        mu, log_std = self.net(obs).chunk(2, dim=-1)
        log_std = torch.clamp(log_std, -20, 2)
        std = log_std.exp()
        action = torch.zeros_like(mu)
        log_prob = -0.5 * (((action - mu) / std) ** 2 + 2 * log_std + math.log(2 * math.pi))
        return log_prob.sum(-1)


@brought("reinforcement")
def gaussian_policy() -> Call:
    """the likelihood of an action under a mean and a clamped deviation (Haarnoja et al. 2018)"""
    return call(GaussianPolicy(), torch.randn(3, 3), None, lambda log_prob, t: -log_prob.mean())


class PPO(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.actor_mean = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 2))
        self.actor_logstd = nn.Parameter(torch.zeros(1, 2))

    def forward(self, x: Tensor) -> Tensor:
        action_mean = self.actor_mean(x)
        probs = Normal(action_mean, torch.exp(self.actor_logstd.expand_as(action_mean)))
        return probs.log_prob(torch.ones_like(action_mean)).sum(1)


def clipped(logp: Tensor, advantage: Tensor, clip: float = 0.2) -> Tensor:
    ratio = torch.exp(logp - logp.detach())
    return -torch.min(ratio * advantage, torch.clamp(ratio, 1 - clip, 1 + clip) * advantage).mean()


@brought("reinforcement")
def proximal_policy() -> Call:
    """torch.distributions in the model, and the clipped ratio for a loss (Schulman et al. 2017)"""
    return call(PPO(), torch.randn(3, 3), torch.randn(3), clipped)


@brought("reinforcement")
def entropy_of_policy() -> Call:
    """the entropy of a policy's scores, which a bonus keeps high"""
    return call(DQN(4, 3), torch.randn(3, 4), None, lambda z, t: -Categorical(logits=z).entropy().mean())
