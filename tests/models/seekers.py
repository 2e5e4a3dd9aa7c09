"""Losses of learning without labels and with margins: pairs of views, teachers, mined triplets, sorted errors."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes
from tests.models.lookers import off_diagonal


class VICReg(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        x, y = self.backbone(x), self.backbone(y)
        repr_loss = F.mse_loss(x, y)
        x = x - x.mean(dim=0)
        y = y - y.mean(dim=0)
        std_x = torch.sqrt(x.var(dim=0) + 0.0001)
        std_y = torch.sqrt(y.var(dim=0) + 0.0001)
        std_loss = torch.mean(F.relu(1 - std_x)) / 2 + torch.mean(F.relu(1 - std_y)) / 2
        cov_x = (x.T @ x) / (x.size(0) - 1)
        cov_y = (y.T @ y) / (y.size(0) - 1)
        cov_loss = off_diagonal(cov_x).pow_(2).sum().div(3) + off_diagonal(cov_y).pow_(2).sum().div(3)
        return 25.0 * repr_loss + 25.0 * std_loss + 1.0 * cov_loss


@brought("mlp")
def variance_and_covariance() -> Call:
    """facebookresearch/vicreg: invariance, variance and covariance"""
    return call(VICReg(), (torch.randn(4, 5), torch.randn(4, 5)), None, lambda loss, _: loss)


class MoCo(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.m, self.T = 0.999, 0.07
        self.encoder_q = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
        self.encoder_k = copy.deepcopy(self.encoder_q)
        for param_q, param_k in zip(self.encoder_q.parameters(), self.encoder_k.parameters(), strict=True):
            param_k.data.copy_(param_q.data)
            param_k.requires_grad = False
        self.register_buffer("queue", nn.functional.normalize(torch.randn(3, 8), dim=0))
        self.register_buffer("queue_ptr", torch.zeros(1, dtype=torch.long))

    @torch.no_grad()
    def _momentum_update_key_encoder(self) -> None:
        for param_q, param_k in zip(self.encoder_q.parameters(), self.encoder_k.parameters(), strict=True):
            param_k.data = param_k.data * self.m + param_q.data * (1.0 - self.m)

    @torch.no_grad()
    def _dequeue_and_enqueue(self, keys: Tensor) -> None:
        batch_size = keys.shape[0]
        ptr = int(self.queue_ptr)
        self.queue[:, ptr : ptr + batch_size] = keys.T
        self.queue_ptr[0] = (ptr + batch_size) % 8

    def forward(self, im_q: Tensor, im_k: Tensor) -> tuple[Tensor, Tensor]:
        q = nn.functional.normalize(self.encoder_q(im_q), dim=1)
        with torch.no_grad():
            self._momentum_update_key_encoder()
            k = nn.functional.normalize(self.encoder_k(im_k), dim=1)
        l_pos = torch.einsum("nc,nc->n", [q, k]).unsqueeze(-1)
        l_neg = torch.einsum("nc,ck->nk", [q, self.queue.clone().detach()])
        logits = torch.cat([l_pos, l_neg], dim=1)
        logits /= self.T
        labels = torch.zeros(logits.shape[0], dtype=torch.long)
        self._dequeue_and_enqueue(k)
        return logits, labels


@brought("mlp", "encoder_k")
def momentum_contrast() -> Call:
    """facebookresearch/moco: keys by a momentum encoder, a queue written at each step"""
    inputs = (torch.randn(4, 5), torch.randn(4, 5))
    return call(MoCo(), inputs, None, lambda output, _: nn.CrossEntropyLoss()(output[0], output[1]))


class SupConLoss(nn.Module):
    def __init__(self, temperature: float = 0.07, base_temperature: float = 0.07) -> None:
        super().__init__()
        self.temperature, self.base_temperature = temperature, base_temperature

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        batch_size = features.shape[0]
        labels = labels.contiguous().view(-1, 1)
        mask = torch.eq(labels, labels.T).float()
        contrast_count = features.shape[1]
        contrast_feature = torch.cat(torch.unbind(features, dim=1), dim=0)
        anchor_dot_contrast = torch.div(torch.matmul(contrast_feature, contrast_feature.T), self.temperature)
        logits_max, _ = torch.max(anchor_dot_contrast, dim=1, keepdim=True)
        logits = anchor_dot_contrast - logits_max.detach()
        mask = mask.repeat(contrast_count, contrast_count)
        logits_mask = torch.scatter(torch.ones_like(mask), 1, torch.arange(batch_size * contrast_count).view(-1, 1), 0)
        mask = mask * logits_mask
        exp_logits = torch.exp(logits) * logits_mask
        log_prob = logits - torch.log(exp_logits.sum(1, keepdim=True))
        mask_pos_pairs = mask.sum(1)
        mask_pos_pairs = torch.where(mask_pos_pairs < 1e-6, 1, mask_pos_pairs)
        mean_log_prob_pos = (mask * log_prob).sum(1) / mask_pos_pairs
        loss = -(self.temperature / self.base_temperature) * mean_log_prob_pos
        return loss.view(contrast_count, batch_size).mean()


class Views(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 4), nn.ReLU(inplace=True), nn.Linear(4, 3))

    def forward(self, x: Tensor) -> Tensor:
        features = F.normalize(self.net(x), dim=1)
        f1, f2 = torch.split(features, [3, 3], dim=0)
        return torch.cat([f1.unsqueeze(1), f2.unsqueeze(1)], dim=1)


@brought("mlp")
def contrasted_with_labels() -> Call:
    """HobbitLong/SupContrast: its whole loss, the largest logit detached"""
    return call(Views(), torch.randn(6, 5), torch.tensor([0, 1, 0]), SupConLoss())


class TripletLoss(nn.Module):
    def __init__(self, margin: float = 0.3) -> None:
        super().__init__()
        self.margin = margin
        self.ranking_loss = nn.MarginRankingLoss(margin=margin)

    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        n = inputs.size(0)
        dist = torch.pow(inputs, 2).sum(dim=1, keepdim=True).expand(n, n)
        dist = dist + dist.t()
        dist.addmm_(inputs, inputs.t(), beta=1, alpha=-2)
        dist = dist.clamp(min=1e-12).sqrt()
        mask = targets.expand(n, n).eq(targets.expand(n, n).t())
        dist_ap, dist_an = [], []
        for i in range(n):
            dist_ap.append(dist[i][mask[i]].max().unsqueeze(0))
            dist_an.append(dist[i][mask[i] == 0].min().unsqueeze(0))
        dist_ap = torch.cat(dist_ap)
        dist_an = torch.cat(dist_an)
        y = torch.ones_like(dist_an)
        return self.ranking_loss(dist_an, dist_ap, y)


@brought("mlp")
def hardest_triplets() -> Call:
    """KaiyangZhou/deep-person-reid: the hardest triplets of a batch by masks of labels"""
    model = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
    return call(model, torch.randn(4, 5), torch.tensor([0, 0, 1, 1]), TripletLoss())


def ohem(output: Tensor, target: Tensor, rate: float = 0.7) -> Tensor:
    batch_size = output.size(0)
    ohem_cls_loss = F.cross_entropy(output, target, reduction="none", ignore_index=-1)
    sorted_ohem_loss, idx = torch.sort(ohem_cls_loss, descending=True)
    keep_num = min(sorted_ohem_loss.size()[0], int(batch_size * rate))
    if keep_num < sorted_ohem_loss.size()[0]:
        keep_idx_cuda = idx[:keep_num]
        ohem_cls_loss = ohem_cls_loss[keep_idx_cuda]
    return ohem_cls_loss.sum() / keep_num


@brought("mlp")
def hardest_examples() -> Call:
    """online hard example mining: losses sorted, the largest kept"""
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    return call(model, torch.randn(5, 4), classes(3, 5), ohem)


class TopkRouter(nn.Module):
    def __init__(self, n_embed: int, num_experts: int, top_k: int) -> None:
        super().__init__()
        self.top_k = top_k
        self.linear = nn.Linear(n_embed, num_experts)

    def forward(self, mh_output: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.linear(mh_output)
        top_k_logits, indices = logits.topk(self.top_k, dim=-1)
        zeros = torch.full_like(logits, float("-inf"))
        sparse_logits = zeros.scatter(-1, indices, top_k_logits)
        router_output = F.softmax(sparse_logits, dim=-1)
        return router_output, indices


class SparseMoE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.router = TopkRouter(4, 3, 2)
        self.experts = nn.ModuleList(
            [nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4), nn.Dropout(0.1)) for _ in range(3)]
        )

    def forward(self, x: Tensor) -> Tensor:
        gating_output, indices = self.router(x)
        final_output = torch.zeros_like(x)
        flat_x = x.view(-1, x.size(-1))
        flat_gating_output = gating_output.view(-1, gating_output.size(-1))
        for i, expert in enumerate(self.experts):
            expert_mask = (indices == i).any(dim=-1)
            flat_mask = expert_mask.view(-1)
            if flat_mask.any():
                expert_input = flat_x[flat_mask]
                expert_output = expert(expert_input)
                gating_scores = flat_gating_output[flat_mask, i].unsqueeze(1)
                weighted_output = expert_output * gating_scores
                final_output[expert_mask] += weighted_output.squeeze(1)
        return final_output


@brought("mlp")
def sparse_experts() -> Call:
    """AviSoori1x/makeMoE: the two best experts of three, tokens gathered by masks"""
    return call(SparseMoE().eval(), torch.randn(2, 3, 4), torch.randn(2, 3, 4), nn.MSELoss())


class KDLoss(nn.Module):
    def __init__(self, teacher: nn.Module, T: float = 4.0, alpha: float = 0.9) -> None:
        super().__init__()
        self.T, self.alpha = T, alpha
        self.student = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
        self.ema = teacher.eval()

    def forward(self, x: Tensor, y: Tensor, lam: float) -> Tensor:
        index = torch.tensor([2, 0, 1])
        mixed_x = lam * x + (1 - lam) * x[index, :]
        y_s = self.student(mixed_x)
        with torch.no_grad():
            y_t = self.ema(mixed_x)
        p_s = F.log_softmax(y_s / self.T, dim=1)
        p_t = F.softmax(y_t / self.T, dim=1)
        kd = F.kl_div(p_s, p_t, reduction="batchmean") * (self.T**2)
        ce = lam * F.cross_entropy(y_s, y) + (1 - lam) * F.cross_entropy(y_s, y[index])
        p, q = F.log_softmax(y_s, dim=-1), F.log_softmax(self.student(x), dim=-1)
        r_drop = F.kl_div(p, q.exp(), reduction="none").sum() + F.kl_div(q, p.exp(), reduction="none").sum()
        return self.alpha * kd + (1.0 - self.alpha) * ce + r_drop / 2


@brought("mlp", "ema")
def distilled_and_mixed() -> Call:
    """a student of a frozen teacher, mixup and R-Drop in one loss"""
    teacher = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    return call(KDLoss(teacher), (torch.randn(3, 4), classes(3, 3), 0.3), None, lambda loss, _: loss)
