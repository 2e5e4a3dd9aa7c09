"""Agents and their losses as public code trains them: targets without gradients, distributions, returns, critics."""

import copy

import torch
from torch import nn
from torch.distributions import Categorical, Normal
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class QNet(nn.Module):
    def __init__(self, n_observations: int, n_actions: int) -> None:
        super().__init__()
        self.layer1 = nn.Linear(n_observations, 6)
        self.layer2 = nn.Linear(6, 6)
        self.layer3 = nn.Linear(6, n_actions)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.layer1(x))
        x = F.relu(self.layer2(x))
        return self.layer3(x)


class DoubleDQN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.policy_net = QNet(4, 3)
        self.target_net = QNet(4, 3)
        self.target_net.load_state_dict(self.policy_net.state_dict())

    def forward(self, state: Tensor, action: Tensor, reward: Tensor, next_state: Tensor, done: Tensor) -> Tensor:
        state_action_values = self.policy_net(state).gather(1, action)
        non_final_mask = torch.tensor(tuple(map(lambda d: not d, done.tolist())), dtype=torch.bool)
        next_state_values = torch.zeros(4)
        with torch.no_grad():
            best = self.policy_net(next_state).argmax(1, keepdim=True)
            next_state_values[non_final_mask] = (
                self.target_net(next_state[non_final_mask]).gather(1, best[non_final_mask]).squeeze(1)
            )
        expected_state_action_values = (next_state_values * 0.99) + reward
        criterion = nn.SmoothL1Loss()
        return criterion(state_action_values, expected_state_action_values.unsqueeze(1))


@brought("reinforcement", "target_net")
def double_q_learning() -> Call:
    """pytorch.org's DQN with a double target, final states masked"""
    inputs = (torch.randn(4, 4), classes(3, 4, 1), torch.randn(4), torch.randn(4, 4), torch.tensor([0, 1, 0, 0]))
    return call(DoubleDQN(), inputs, None, lambda loss, _: loss)


class C51(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.n_atoms, self.n = 5, 3
        self.register_buffer("atoms", torch.linspace(-2, 2, steps=5))
        self.network = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, self.n * self.n_atoms))

    def get_action(self, x: Tensor, action: Tensor | None = None) -> tuple[Tensor, Tensor]:
        logits = self.network(x)
        pmfs = torch.softmax(logits.view(len(x), self.n, self.n_atoms), dim=2)
        q_values = (pmfs * self.atoms).sum(2)
        if action is None:
            action = torch.argmax(q_values, 1)
        return action, pmfs[torch.arange(len(x)), action]


class C51Update(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q_network, self.target_network = C51(), C51()

    def forward(self, obs: Tensor, actions: Tensor, next_obs: Tensor, rewards: Tensor, dones: Tensor) -> Tensor:
        with torch.no_grad():
            _, next_pmfs = self.target_network.get_action(next_obs)
            next_atoms = rewards + 0.99 * self.target_network.atoms * (1 - dones)
            delta_z = self.target_network.atoms[1] - self.target_network.atoms[0]
            tz = next_atoms.clamp(-2, 2)
            b = (tz - -2) / delta_z
            lower = b.floor().clamp(0, 4)
            u = b.ceil().clamp(0, 4)
            d_m_l = (u + (lower == u).float() - b) * next_pmfs
            d_m_u = (b - lower) * next_pmfs
            target_pmfs = torch.zeros_like(next_pmfs)
            for i in range(target_pmfs.size(0)):
                target_pmfs[i].index_add_(0, lower[i].long(), d_m_l[i])
                target_pmfs[i].index_add_(0, u[i].long(), d_m_u[i])
        _, old_pmfs = self.q_network.get_action(obs, actions.flatten())
        return (-(target_pmfs * old_pmfs.clamp(min=1e-5, max=1 - 1e-5).log()).sum(-1)).mean()


@brought("reinforcement", "target_network")
def atoms_projected() -> Call:
    """cleanrl's C51: the target's distribution projected on the atoms by index_add_"""
    dones = torch.tensor([[0.0], [1.0], [0.0]])
    inputs = (torch.randn(3, 4), classes(3, 3, 1), torch.randn(3, 4), torch.randn(3, 1), dones)
    return call(C51Update(), inputs, None, lambda loss, _: loss)


class PPOAgent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.critic = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1))
        self.actor = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))

    def get_value(self, x: Tensor) -> Tensor:
        return self.critic(x)

    def get_action_and_value(self, x: Tensor, action: Tensor | None = None) -> tuple[Tensor, ...]:
        logits = self.actor(x)
        probs = Categorical(logits=logits)
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)

    def forward(self, obs: Tensor, actions: Tensor, rewards: Tensor, dones: Tensor, logprobs: Tensor) -> Tensor:
        with torch.no_grad():
            values = self.get_value(obs).flatten()
            advantages = torch.zeros_like(rewards)
            lastgaelam = 0
            for t in reversed(range(3)):
                nextnonterminal = 1.0 - dones[t + 1]
                delta = rewards[t] + 0.99 * values[t + 1] * nextnonterminal - values[t]
                advantages[t] = lastgaelam = delta + 0.99 * 0.95 * nextnonterminal * lastgaelam
            returns = advantages + values[:-1]
            old_values = values[:-1]
        _, newlogprob, entropy, newvalue = self.get_action_and_value(obs[:-1], actions.long())
        logratio = newlogprob - logprobs
        ratio = logratio.exp()
        mb_advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        pg_loss1 = -mb_advantages * ratio
        pg_loss2 = -mb_advantages * torch.clamp(ratio, 1 - 0.2, 1 + 0.2)
        pg_loss = torch.max(pg_loss1, pg_loss2).mean()
        newvalue = newvalue.view(-1)
        v_loss_unclipped = (newvalue - returns) ** 2
        v_clipped = old_values + torch.clamp(newvalue - old_values, -0.2, 0.2)
        v_loss_clipped = (v_clipped - returns) ** 2
        v_loss = 0.5 * torch.max(v_loss_unclipped, v_loss_clipped).mean()
        return pg_loss - 0.01 * entropy.mean() + v_loss * 0.5


@brought("reinforcement")
def advantages_estimated() -> Call:
    """cleanrl's PPO: advantages by GAE in a loop, clipped ratio and values, entropy"""
    dones = torch.tensor([0.0, 0.0, 1.0, 0.0])
    inputs = (torch.randn(4, 4), classes(2, 3), torch.randn(3), dones, -torch.rand(3))
    return call(PPOAgent(), inputs, None, lambda loss, _: loss)


class SACActor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3, 5)
        self.fc_mean = nn.Linear(5, 2)
        self.fc_logstd = nn.Linear(5, 2)
        self.register_buffer("action_scale", torch.tensor([2.0, 1.0]))
        self.register_buffer("action_bias", torch.tensor([0.0, 0.5]))

    def get_action(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.fc1(x))
        mean = self.fc_mean(x)
        log_std = torch.tanh(self.fc_logstd(x))
        log_std = -5 + 0.5 * (2 - -5) * (log_std + 1)
        std = log_std.exp()
        normal = Normal(mean, std)
        x_t = mean + std * noise
        y_t = torch.tanh(x_t)
        action = y_t * self.action_scale + self.action_bias
        log_prob = normal.log_prob(x_t)
        log_prob -= torch.log(self.action_scale * (1 - y_t.pow(2)) + 1e-6)
        return action, log_prob.sum(1, keepdim=True)


class SAC(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.actor = SACActor()
        self.qf1 = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 1))
        self.qf2 = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 1))
        for p in (*self.qf1.parameters(), *self.qf2.parameters()):
            p.requires_grad_(False)
        self.log_alpha = nn.Parameter(torch.zeros(1))

    def forward(self, obs: Tensor, noise: Tensor) -> Tensor:
        pi, log_pi = self.actor.get_action(obs, noise)
        alpha = self.log_alpha.exp()
        q = torch.cat([obs, pi], 1)
        min_qf_pi = torch.min(self.qf1(q), self.qf2(q))
        actor_loss = ((alpha.detach() * log_pi) - min_qf_pi).mean()
        alpha_loss = (-self.log_alpha.exp() * (log_pi.detach() + -2.0)).mean()
        return actor_loss + alpha_loss


@brought("reinforcement")
def temperature_learned() -> Call:
    """cleanrl's soft actor-critic: squashed Normal, smaller critic, learned temperature"""
    return call(SAC(), (torch.randn(4, 3), torch.randn(4, 2)), None, lambda loss, _: loss)


class NoisyLinear(nn.Module):
    def __init__(self, in_features: int, out_features: int, std_init: float = 0.5) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight_mu = nn.Parameter(torch.empty(out_features, in_features).uniform_(-0.4, 0.4))
        self.weight_sigma = nn.Parameter(torch.full((out_features, in_features), std_init / in_features**0.5))
        self.register_buffer("weight_epsilon", torch.empty(out_features, in_features))
        self.bias_mu = nn.Parameter(torch.empty(out_features).uniform_(-0.4, 0.4))
        self.bias_sigma = nn.Parameter(torch.full((out_features,), std_init / out_features**0.5))
        self.register_buffer("bias_epsilon", torch.empty(out_features))
        self.reset_noise()

    def _scale_noise(self, size: int) -> Tensor:
        x = torch.randn(size)
        return x.sign().mul_(x.abs().sqrt_())

    def reset_noise(self) -> None:
        epsilon_in = self._scale_noise(self.in_features)
        epsilon_out = self._scale_noise(self.out_features)
        self.weight_epsilon.copy_(epsilon_out.ger(epsilon_in))
        self.bias_epsilon.copy_(epsilon_out)

    def forward(self, input: Tensor) -> Tensor:
        if self.training:
            return F.linear(
                input,
                self.weight_mu + self.weight_sigma * self.weight_epsilon,
                self.bias_mu + self.bias_sigma * self.bias_epsilon,
            )
        return F.linear(input, self.weight_mu, self.bias_mu)


class RainbowNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc_h_v, self.fc_h_a = NoisyLinear(4, 5), NoisyLinear(4, 5)
        self.fc_z_v, self.fc_z_a = NoisyLinear(5, 6), NoisyLinear(5, 2 * 6)

    def forward(self, x: Tensor, log: bool = False) -> Tensor:
        v = self.fc_z_v(F.relu(self.fc_h_v(x)))
        a = self.fc_z_a(F.relu(self.fc_h_a(x)))
        v, a = v.view(-1, 1, 6), a.view(-1, 2, 6)
        q = v + a - a.mean(1, keepdim=True)
        if log:
            return F.log_softmax(q, dim=2)
        return q.sort(dim=2)[0]


def quantile_huber(quantiles: Tensor, target: Tensor) -> Tensor:
    actions = torch.tensor([1, 0, 1])
    theta = quantiles[range(3), actions]
    tau = (torch.arange(6).float() + 0.5) / 6
    diff = target.unsqueeze(2) - theta.unsqueeze(1)
    huber = torch.where(diff.abs() < 1.0, 0.5 * diff.pow(2), 1.0 * (diff.abs() - 0.5 * 1.0))
    return (huber * (tau - (diff.detach() < 0).float()).abs()).mean(dim=1).sum(dim=1).mean()


@brought("reinforcement")
def noisy_quantiles() -> Call:
    """Kaixhin/Rainbow's noisy duelling layers, quantiles sorted, quantile Huber loss"""
    return call(RainbowNet(), torch.randn(3, 4), torch.randn(3, 6), quantile_huber)


class QMixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.n_agents, self.embed_dim = 2, 3
        self.agent = nn.GRUCell(4, 5)
        self.q = nn.Linear(5, 3)
        self.hyper_w_1 = nn.Linear(4, 2 * 3)
        self.hyper_w_final = nn.Linear(4, 3)
        self.hyper_b_1 = nn.Linear(4, 3)
        self.V = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))

    def forward(self, obs: Tensor, states: Tensor, avail_actions: Tensor) -> Tensor:
        hidden = torch.zeros(2 * self.n_agents, 5)
        mac_out = []
        for t in range(obs.shape[1]):
            hidden = self.agent(obs[:, t].reshape(-1, 4), hidden)
            mac_out.append(self.q(hidden).view(2, self.n_agents, -1))
        mac_out = torch.stack(mac_out, dim=1)
        mac_out[avail_actions == 0] = -9999
        agent_qs = mac_out.max(dim=3)[0]
        bs = agent_qs.size(0)
        states = states.reshape(-1, 4)
        agent_qs = agent_qs.view(-1, 1, self.n_agents)
        w1 = torch.abs(self.hyper_w_1(states)).view(-1, self.n_agents, self.embed_dim)
        b1 = self.hyper_b_1(states).view(-1, 1, self.embed_dim)
        hidden = F.elu(torch.bmm(agent_qs, w1) + b1)
        w_final = torch.abs(self.hyper_w_final(states)).view(-1, self.embed_dim, 1)
        y = torch.bmm(hidden, w_final) + self.V(states).view(-1, 1, 1)
        return y.view(bs, -1, 1)


@brought("reinforcement")
def agents_mixed() -> Call:
    """oxwhirl/pymarl's QMIX: recurrent agents, masked actions, a monotonic mixer"""
    avail = torch.ones(2, 2, 2, 3)
    avail[0, 1, 0, 2] = avail[1, 0, 1, 1] = 0
    inputs = (torch.randn(2, 2, 2, 4), torch.randn(2, 2, 4), avail)
    return call(QMixer(), inputs, torch.randn(2, 2, 1), lambda q, t: ((q - t.detach()) ** 2).sum() / 4)


class Policy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.affine1 = nn.Linear(4, 6)
        self.action_head = nn.Linear(6, 2)
        self.value_head = nn.Linear(6, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


class Episode(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.model = Policy()
        self.old = copy.deepcopy(self.model).requires_grad_(False)

    def forward(self, states: Tensor) -> Tensor:
        saved_actions = []
        for state, action in zip(states, [0, 1, 1], strict=True):
            probs, state_value = self.model(state)
            m = Categorical(probs)
            saved_actions.append((m.log_prob(torch.tensor(action)), state_value))
        R, returns = 0, []
        for r in [1.0, 0.0, 2.0][::-1]:
            R = r + 0.9 * R
            returns.insert(0, R)
        returns = torch.tensor(returns)
        returns = (returns - returns.mean()) / (returns.std() + 1e-5)
        policy_losses, value_losses = [], []
        for (log_prob, value), R in zip(saved_actions, returns, strict=True):
            advantage = R - value.item()
            policy_losses.append(-log_prob * advantage)
            value_losses.append(F.smooth_l1_loss(value, torch.tensor([R])))
        return torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()


@brought("reinforcement", "old")
def episode_with_items() -> Call:
    """pytorch/examples' actor-critic at the end of an episode: value.item() in the advantage"""
    return call(Episode(), torch.randn(3, 4), None, lambda loss, _: loss)
