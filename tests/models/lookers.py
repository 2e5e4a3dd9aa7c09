"""Attention over words, images and pairs of views: blocks with rotations, vision hybrids, contrastive losses."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


def precompute_freqs_cis(dim: int, end: int, theta: float = 10000.0) -> Tensor:
    freqs = 1.0 / (theta ** (torch.arange(0, dim, 2)[: (dim // 2)].float() / dim))
    t = torch.arange(end, device=freqs.device)
    freqs = torch.outer(t, freqs).float()
    return torch.polar(torch.ones_like(freqs), freqs)


def apply_rotary_emb(xq: Tensor, xk: Tensor, freqs_cis: Tensor) -> tuple[Tensor, Tensor]:
    xq_ = torch.view_as_complex(xq.float().reshape(*xq.shape[:-1], -1, 2))
    xk_ = torch.view_as_complex(xk.float().reshape(*xk.shape[:-1], -1, 2))
    shape = [d if i == 1 or i == xq_.ndim - 1 else 1 for i, d in enumerate(xq_.shape)]
    freqs_cis = freqs_cis.view(*shape)
    xq_out = torch.view_as_real(xq_ * freqs_cis).flatten(3)
    xk_out = torch.view_as_real(xk_ * freqs_cis).flatten(3)
    return xq_out.type_as(xq), xk_out.type_as(xk)


def repeat_kv(x: Tensor, n_rep: int) -> Tensor:
    bs, slen, n_kv_heads, head_dim = x.shape
    if n_rep == 1:
        return x
    x = x[:, :, :, None, :].expand(bs, slen, n_kv_heads, n_rep, head_dim)
    return x.reshape(bs, slen, n_kv_heads * n_rep, head_dim)


class LlamaAttention(nn.Module):
    def __init__(self, complex_numbers: bool) -> None:
        super().__init__()
        self.n_heads, self.n_kv_heads, self.head_dim = 2, 1, 4
        self.n_rep = self.n_heads // self.n_kv_heads
        self.wq = nn.Linear(6, 8, bias=False)
        self.wk = nn.Linear(6, 4, bias=False)
        self.wv = nn.Linear(6, 4, bias=False)
        self.wo = nn.Linear(8, 6, bias=False)
        self.complex_numbers = complex_numbers
        self.freqs_cis = precompute_freqs_cis(4, 8)

    def rotated(self, xq: Tensor, xk: Tensor, seqlen: int) -> tuple[Tensor, Tensor]:
        freqs_cis = self.freqs_cis[:seqlen]
        if self.complex_numbers:
            return apply_rotary_emb(xq, xk, freqs_cis)
        cos, sin = freqs_cis.real[None, :, None, :], freqs_cis.imag[None, :, None, :]
        xq_r, xq_i = xq.float().reshape((*xq.shape[:-1], -1, 2)).unbind(-1)
        xk_r, xk_i = xk.float().reshape((*xk.shape[:-1], -1, 2)).unbind(-1)
        xq_out = torch.stack([xq_r * cos - xq_i * sin, xq_r * sin + xq_i * cos], dim=-1).flatten(3)
        xk_out = torch.stack([xk_r * cos - xk_i * sin, xk_r * sin + xk_i * cos], dim=-1).flatten(3)
        return xq_out.type_as(xq), xk_out.type_as(xk)

    def forward(self, x: Tensor) -> Tensor:
        bsz, seqlen, _ = x.shape
        xq, xk, xv = self.wq(x), self.wk(x), self.wv(x)
        xq = xq.view(bsz, seqlen, self.n_heads, self.head_dim)
        xk = xk.view(bsz, seqlen, self.n_kv_heads, self.head_dim)
        xv = xv.view(bsz, seqlen, self.n_kv_heads, self.head_dim)
        xq, xk = self.rotated(xq, xk, seqlen)
        keys, values = repeat_kv(xk, self.n_rep), repeat_kv(xv, self.n_rep)
        xq, keys, values = xq.transpose(1, 2), keys.transpose(1, 2), values.transpose(1, 2)
        scores = torch.matmul(xq, keys.transpose(2, 3)) / math.sqrt(self.head_dim)
        mask = torch.full((seqlen, seqlen), float("-inf"))
        mask = torch.triu(mask, diagonal=1)
        scores = F.softmax((scores + mask).float(), dim=-1).type_as(xq)
        output = torch.matmul(scores, values).transpose(1, 2).contiguous().view(bsz, seqlen, -1)
        return self.wo(output)


class LlamaModel(nn.Module):
    def __init__(self, complex_numbers: bool) -> None:
        super().__init__()
        self.tok_embeddings = nn.Embedding(7, 6)
        self.attention = LlamaAttention(complex_numbers)
        self.norm = nn.RMSNorm(6, eps=1e-5)
        self.output = nn.Linear(6, 7, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        h = self.tok_embeddings(tokens)
        h = h + self.attention(self.norm(h))
        return self.output(h).float().permute(0, 2, 1)


@brought("attention")
def rotated_as_complex() -> Call:
    """meta-llama's own rotation by view_as_complex, keys and values shared by heads"""
    return call(LlamaModel(True), classes(7, 2, 4), classes(7, 2, 4))


@brought("attention")
def rotated_by_parts() -> Call:
    """karpathy/llama2.c: the same by real and imaginary parts"""
    return call(LlamaModel(False), classes(7, 2, 4), classes(7, 2, 4))


class GPSA(nn.Module):
    def __init__(self, dim: int, num_heads: int, locality_strength: float = 1.0) -> None:
        super().__init__()
        self.num_heads, self.dim = num_heads, dim
        self.scale = (dim // num_heads) ** -0.5
        self.qk = nn.Linear(dim, dim * 2, bias=False)
        self.v = nn.Linear(dim, dim, bias=False)
        self.proj = nn.Linear(dim, dim)
        self.pos_proj = nn.Linear(3, num_heads)
        self.locality_strength = locality_strength
        self.gating_param = nn.Parameter(torch.ones(num_heads))

    def forward(self, x: Tensor) -> Tensor:
        B, N, C = x.shape
        if not hasattr(self, "rel_indices") or self.rel_indices.size(1) != N:
            self.get_rel_indices(N)
        attn = self.get_attention(x)
        v = self.v(x).reshape(B, N, self.num_heads, C // self.num_heads).permute(0, 2, 1, 3)
        x = (attn @ v).transpose(1, 2).reshape(B, N, C)
        return self.proj(x)

    def get_attention(self, x: Tensor) -> Tensor:
        B, N, C = x.shape
        qk = self.qk(x).reshape(B, N, 2, self.num_heads, C // self.num_heads).permute(2, 0, 3, 1, 4)
        q, k = qk[0], qk[1]
        pos_score = self.rel_indices.expand(B, -1, -1, -1)
        pos_score = self.pos_proj(pos_score).permute(0, 3, 1, 2)
        patch_score = (q @ k.transpose(-2, -1)) * self.scale
        patch_score = patch_score.softmax(dim=-1)
        pos_score = pos_score.softmax(dim=-1)
        gating = self.gating_param.view(1, -1, 1, 1)
        attn = (1.0 - torch.sigmoid(gating)) * patch_score + torch.sigmoid(gating) * pos_score
        attn /= attn.sum(dim=-1).unsqueeze(-1)
        return attn

    def get_rel_indices(self, num_patches: int) -> None:
        img_size = int(num_patches**0.5)
        rel_indices = torch.zeros(1, num_patches, num_patches, 3)
        ind = torch.arange(img_size).view(1, -1) - torch.arange(img_size).view(-1, 1)
        indx = ind.repeat(img_size, img_size)
        indy = ind.repeat_interleave(img_size, dim=0).repeat_interleave(img_size, dim=1)
        indd = indx**2 + indy**2
        rel_indices[:, :, :, 2] = indd.unsqueeze(0)
        rel_indices[:, :, :, 1] = indy.unsqueeze(0)
        rel_indices[:, :, :, 0] = indx.unsqueeze(0)
        self.rel_indices = rel_indices


class ConViT(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 4, 2, stride=2)
        self.cls_token = nn.Parameter(torch.randn(1, 1, 4) * 0.02)
        self.norm = nn.LayerNorm(4)
        self.attn = GPSA(4, 2)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2).transpose(1, 2)
        cls_tokens = self.cls_token.expand(x.shape[0], -1, -1)
        x = x + self.attn(self.norm(x))
        x = torch.cat((cls_tokens, x), dim=1)
        return self.head(x[:, 0] + x[:, 1:].mean(1))


@brought("attention")
def positions_gated() -> Call:
    """facebookresearch/convit: gated positional attention, its relative places made at the first call"""
    return call(ConViT(), torch.randn(2, 3, 4, 4), classes(3, 2))


class MobileViTBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ph = self.pw = 2
        self.conv1 = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2), nn.SiLU())
        self.conv2 = nn.Conv2d(2, 4, 1)
        self.transformer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True, norm_first=True)
        self.conv3 = nn.Conv2d(4, 2, 1)
        self.conv4 = nn.Conv2d(4, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = x.clone()
        x = self.conv2(self.conv1(x))
        B, C, h, w = x.shape
        nh, nw = math.ceil(h / self.ph), math.ceil(w / self.pw)
        x = x.reshape(B * C * nh, self.ph, nw, self.pw).transpose(1, 2)
        x = x.reshape(B, C, nh * nw, self.ph * self.pw).transpose(1, 3).reshape(B * self.ph * self.pw, nh * nw, -1)
        x = self.transformer(x)
        x = x.contiguous().view(B, self.ph * self.pw, nh * nw, -1).transpose(1, 3)
        x = x.reshape(B * C * nh, nw, self.ph, self.pw).transpose(1, 2).reshape(B, C, nh * self.ph, nw * self.pw)
        x = self.conv3(x)
        return self.conv4(torch.cat((x, y), 1)).mean([-2, -1])


@brought("attention")
def mobile_vit() -> Call:
    """MobileViT's block as torchvision and timm unfold patches"""
    return call(MobileViTBlock(), torch.randn(2, 2, 4, 4), classes(2, 2))


class SpatialReduction(nn.Module):
    def __init__(self, dim: int, num_heads: int, sr_ratio: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = (dim // num_heads) ** -0.5
        self.q = nn.Linear(dim, dim, bias=True)
        self.kv = nn.Linear(dim, dim * 2, bias=True)
        self.proj = nn.Linear(dim, dim)
        self.sr_ratio = sr_ratio
        if sr_ratio > 1:
            self.sr = nn.Conv2d(dim, dim, kernel_size=sr_ratio, stride=sr_ratio)
            self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor, H: int, W: int) -> Tensor:
        B, N, C = x.shape
        q = self.q(x).reshape(B, N, self.num_heads, C // self.num_heads).permute(0, 2, 1, 3)
        x_ = x.permute(0, 2, 1).reshape(B, C, H, W)
        x_ = self.sr(x_).reshape(B, C, -1).permute(0, 2, 1)
        x_ = self.norm(x_)
        kv = self.kv(x_).reshape(B, -1, 2, self.num_heads, C // self.num_heads).permute(2, 0, 3, 1, 4)
        k, v = kv[0], kv[1]
        attn = (q @ k.transpose(-2, -1)) * self.scale
        attn = attn.softmax(dim=-1)
        return self.proj((attn @ v).transpose(1, 2).reshape(B, N, C))


class Pyramid(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.norm = nn.LayerNorm(4)
        self.attn = SpatialReduction(4, 2, 2)
        self.pos_embed = nn.Parameter(torch.randn(1, 4, 4) * 0.02)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.proj(x)
        _, _, H, W = x.shape
        x = self.norm(x.flatten(2).transpose(1, 2))
        pos = F.interpolate(self.pos_embed.reshape(1, 2, 2, -1).permute(0, 3, 1, 2), size=(H, W), mode="bilinear")
        x = x + pos.reshape(1, -1, H * W).permute(0, 2, 1)
        x = x + self.attn(x, H, W)
        return self.head(x.mean(1))


@brought("attention")
def pyramid_vit() -> Call:
    """whai362/PVT: keys of a reduced map, positions resized bilinearly"""
    return call(Pyramid(), torch.randn(2, 3, 8, 8), classes(2, 2))


class CLIP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.visual = nn.Sequential(nn.Conv2d(3, 4, 2, stride=2), nn.Flatten(), nn.Linear(16, 4))
        self.token_embedding = nn.Embedding(9, 4)
        self.positional_embedding = nn.Parameter(torch.randn(5, 4) * 0.01)
        self.ln_final = nn.LayerNorm(4)
        self.text_projection = nn.Parameter(torch.randn(4, 4) * 0.5)
        self.logit_scale = nn.Parameter(torch.ones([]) * math.log(1 / 0.07))

    def encode_text(self, text: Tensor) -> Tensor:
        x = self.token_embedding(text) + self.positional_embedding
        x = self.ln_final(x)
        return x[torch.arange(x.shape[0]), text.argmax(dim=-1)] @ self.text_projection

    def forward(self, image: Tensor, text: Tensor) -> tuple[Tensor, Tensor]:
        image_features = self.visual(image)
        text_features = self.encode_text(text)
        image_features = image_features / image_features.norm(dim=1, keepdim=True)
        text_features = text_features / text_features.norm(dim=1, keepdim=True)
        logit_scale = self.logit_scale.exp()
        logits_per_image = logit_scale * image_features @ text_features.t()
        return logits_per_image, logits_per_image.t()


def clip_loss(output: tuple[Tensor, Tensor], _: Tensor) -> Tensor:
    labels = torch.arange(len(output[0]))
    return (F.cross_entropy(output[0], labels) + F.cross_entropy(output[1], labels)) / 2


@brought("attention")
def clip() -> Call:
    """openai/CLIP: the end-of-text token found by argmax, both cross entropies"""
    text = torch.tensor([[7, 1, 2, 8, 0], [7, 3, 8, 0, 0], [7, 4, 5, 6, 8]])
    return call(CLIP(), (torch.randn(3, 3, 4, 4), text), None, clip_loss)


class BarlowTwins(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(5, 4), nn.ReLU())
        self.projector = nn.Sequential(nn.Linear(4, 4, bias=False), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))
        self.bn = nn.BatchNorm1d(3, affine=False)
        self.lambd = 0.0051

    def forward(self, y1: Tensor, y2: Tensor) -> Tensor:
        z1 = self.projector(self.backbone(y1))
        z2 = self.projector(self.backbone(y2))
        c = self.bn(z1).T @ self.bn(z2)
        c.div_(4)
        on_diag = torch.diagonal(c).add_(-1).pow_(2).sum()
        off_diag = off_diagonal(c).pow_(2).sum()
        return on_diag + self.lambd * off_diag


def off_diagonal(x: Tensor) -> Tensor:
    n, m = x.shape
    assert n == m
    return x.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten()


@brought("mlp")
def barlow_twins() -> Call:
    """facebookresearch/barlowtwins: the diagonal of a correlation changed in place"""
    return call(BarlowTwins(), (torch.randn(4, 5), torch.randn(4, 5)), None, lambda loss, _: loss)
