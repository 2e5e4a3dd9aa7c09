"""Signals of one dimension: speech, heartbeats, brain waves, separated sources."""

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class SincConv(nn.Module):
    """Filters between two learned frequencies."""

    @staticmethod
    def to_mel(hz: float) -> float:
        return 2595 * math.log10(1 + hz / 700)

    @staticmethod
    def to_hz(mel: Tensor) -> Tensor:
        return 700 * (10 ** (mel / 2595) - 1)

    def __init__(self, out_channels: int, kernel_size: int, sample_rate: int = 16000) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            kernel_size = kernel_size + 1
        self.out_channels, self.kernel_size, self.sample_rate = out_channels, kernel_size, sample_rate
        self.min_low_hz, self.min_band_hz = 50, 50
        mel = torch.linspace(self.to_mel(30), self.to_mel(sample_rate / 2 - 100), out_channels + 1)
        hz = self.to_hz(mel)
        self.low_hz_ = nn.Parameter(hz[:-1].view(-1, 1))
        self.band_hz_ = nn.Parameter((hz[1:] - hz[:-1]).view(-1, 1))
        n_lin = torch.linspace(0, (kernel_size / 2) - 1, steps=int(kernel_size / 2))
        self.window_ = 0.54 - 0.46 * torch.cos(2 * math.pi * n_lin / kernel_size)
        n = (kernel_size - 1) / 2.0
        self.n_ = 2 * math.pi * torch.arange(-n, 0).view(1, -1) / sample_rate

    def forward(self, waveforms: Tensor) -> Tensor:
        self.n_ = self.n_.to(waveforms.device)
        self.window_ = self.window_.to(waveforms.device)
        low = self.min_low_hz + torch.abs(self.low_hz_)
        high = torch.clamp(low + self.min_band_hz + torch.abs(self.band_hz_), self.min_low_hz, self.sample_rate / 2)
        band = (high - low)[:, 0]
        f_times_t_low = torch.matmul(low, self.n_)
        f_times_t_high = torch.matmul(high, self.n_)
        left = ((torch.sin(f_times_t_high) - torch.sin(f_times_t_low)) / (self.n_ / 2)) * self.window_
        center = 2 * band.view(-1, 1)
        right = torch.flip(left, dims=[1])
        band_pass = torch.cat([left, center, right], dim=1)
        band_pass = band_pass / (2 * band[:, None])
        self.filters = band_pass.view(self.out_channels, 1, self.kernel_size)
        return F.conv1d(waveforms, self.filters, stride=1, padding=0, dilation=1, bias=None, groups=1)


class SincClassifier(nn.Module):
    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__()
        self.sinc = SincConv(options["cnn_N_filt"][0], options["cnn_len_filt"][0], options["fs"])
        self.conv = nn.Conv1d(options["cnn_N_filt"][0], options["cnn_N_filt"][1], options["cnn_len_filt"][1])
        self.ln = nn.LayerNorm([options["cnn_N_filt"][1], 5])
        self.fc = nn.Linear(options["cnn_N_filt"][1] * 5, options["classes"])

    def forward(self, x: Tensor) -> Tensor:
        batch = x.shape[0]
        seq_len = x.shape[1]
        x = x.view(batch, 1, seq_len)
        x = F.leaky_relu(F.max_pool1d(torch.abs(self.sinc(x)), 2), 0.2)
        x = F.leaky_relu(self.ln(F.max_pool1d(self.conv(x), 2)), 0.2)
        return F.log_softmax(self.fc(x.view(batch, -1)), dim=1)


@brought("cnn")
def filters_between_frequencies() -> Call:
    """SincNet of mravanelli"""
    options = {"cnn_N_filt": [4, 3], "cnn_len_filt": [9, 3], "fs": 16000, "classes": 3}
    return call(SincClassifier(options), torch.randn(2, 32), classes(3, 2), nn.NLLLoss())


class ChannelwiseLayerNorm(nn.Module):
    def __init__(self, channel_size: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.Tensor(1, channel_size, 1))
        self.beta = nn.Parameter(torch.Tensor(1, channel_size, 1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        self.gamma.data.fill_(1)
        self.beta.data.zero_()

    def forward(self, y: Tensor) -> Tensor:
        mean = torch.mean(y, dim=1, keepdim=True)
        var = torch.var(y, dim=1, keepdim=True, unbiased=False)
        return self.gamma * (y - mean) / torch.pow(var + 1e-8, 0.5) + self.beta


class GlobalLayerNorm(ChannelwiseLayerNorm):
    def forward(self, y: Tensor) -> Tensor:
        mean = y.mean(dim=1, keepdim=True).mean(dim=2, keepdim=True)
        var = (torch.pow(y - mean, 2)).mean(dim=1, keepdim=True).mean(dim=2, keepdim=True)
        return self.gamma * (y - mean) / torch.pow(var + 1e-8, 0.5) + self.beta


def overlap_and_add(signal: Tensor, frame_step: int) -> Tensor:
    """Frames [..., frames, length] put back where they were."""
    outer = signal.size()[:-2]
    frames, frame_length = signal.size()[-2:]
    subframe_length = math.gcd(frame_length, frame_step)
    subframe_step = frame_step // subframe_length
    subframes_per_frame = frame_length // subframe_length
    output_size = frame_step * (frames - 1) + frame_length
    output_subframes = output_size // subframe_length
    subframe_signal = signal.reshape(*outer, -1, subframe_length)
    frame = torch.arange(0, output_subframes).unfold(0, subframes_per_frame, subframe_step)
    frame = frame.contiguous().view(-1)
    result = signal.new_zeros(*outer, output_subframes, subframe_length)
    result.index_add_(-2, frame, subframe_signal)
    return result.view(*outer, -1)


class ConvTasNet(nn.Module):
    def __init__(self, n: int, length: int, b: int, h: int, p: int, x: int, sources: int) -> None:
        super().__init__()
        self.N, self.L, self.C = n, length, sources
        self.conv1d_U = nn.Conv1d(1, n, kernel_size=length, stride=length // 2, bias=False)
        self.layer_norm = ChannelwiseLayerNorm(n)
        self.bottleneck = nn.Conv1d(n, b, 1, bias=False)
        self.blocks = nn.ModuleList()
        for i in range(x):
            dilation = 2**i
            self.blocks.append(nn.Sequential(
                nn.Conv1d(b, h, 1, bias=False), nn.PReLU(), GlobalLayerNorm(h),
                nn.Conv1d(h, h, p, padding=(p - 1) * dilation // 2, dilation=dilation, groups=h, bias=False),
                nn.PReLU(), GlobalLayerNorm(h), nn.Conv1d(h, b, 1, bias=False),
            ))  # fmt: skip
        self.mask_conv1x1 = nn.Conv1d(b, sources * n, 1, bias=False)
        self.basis_signals = nn.Linear(n, length, bias=False)
        for p_ in self.parameters():
            if p_.dim() > 1:
                nn.init.xavier_normal_(p_)

    def forward(self, mixture: Tensor) -> Tensor:
        m, _ = mixture.size()
        mixture_w = F.relu(self.conv1d_U(torch.unsqueeze(mixture, 1)))
        score = self.bottleneck(self.layer_norm(mixture_w))
        for block in self.blocks:
            score = score + block(score)
        k = score.size(-1)
        mask = F.relu(self.mask_conv1x1(score).view(m, self.C, self.N, k))
        source_w = torch.unsqueeze(mixture_w, 1) * mask
        est = self.basis_signals(torch.transpose(source_w, 2, 3))
        est = overlap_and_add(est, self.L // 2)
        return F.pad(est, (0, mixture.size(-1) - est.size(-1)))


def si_snr(estimate: Tensor, source: Tensor, eps: float = 1e-8) -> Tensor:
    """Minus the mean ratio of signal to noise, in dB, whatever the scale."""
    estimate = estimate - torch.mean(estimate, dim=-1, keepdim=True)
    source = source - torch.mean(source, dim=-1, keepdim=True)
    dot = torch.sum(estimate * source, dim=-1, keepdim=True)
    s_target = dot * source / (torch.sum(source**2, dim=-1, keepdim=True) + eps)
    e_noise = estimate - s_target
    ratio = torch.sum(s_target**2, dim=-1) / (torch.sum(e_noise**2, dim=-1) + eps)
    return -torch.mean(10 * torch.log10(ratio + eps))


@brought("restoration")
def sources_separated() -> Call:
    """Conv-TasNet of kaituoxu, with the scale-invariant ratio of signal to noise"""
    model = ConvTasNet(n=4, length=4, b=3, h=4, p=3, x=2, sources=2)
    return call(model, torch.randn(2, 17), torch.randn(2, 2, 17), si_snr)


class Conv2dWithConstraint(nn.Conv2d):
    def __init__(self, *args: Any, max_norm: float = 1, **kwargs: Any) -> None:
        self.max_norm = max_norm
        super().__init__(*args, **kwargs)

    def forward(self, x: Tensor) -> Tensor:
        self.weight.data = torch.renorm(self.weight.data, p=2, dim=0, maxnorm=self.max_norm)
        return super().forward(x)


class EEGNet(nn.Module):
    def __init__(self, chans: int, samples: int, F1: int = 2, D: int = 2, F2: int = 4, kern: int = 8) -> None:
        super().__init__()
        self.block1 = nn.Sequential(
            nn.Conv2d(1, F1, (1, kern), stride=1, padding=(0, kern // 2), bias=False),
            nn.BatchNorm2d(F1, momentum=0.01, affine=True, eps=1e-3),
            Conv2dWithConstraint(F1, F1 * D, (chans, 1), max_norm=1, stride=1, padding=(0, 0), groups=F1, bias=False),
            nn.BatchNorm2d(F1 * D, momentum=0.01, affine=True, eps=1e-3), nn.ELU(),
            nn.AvgPool2d((1, 4), stride=4), nn.Dropout(p=0.25),
        )  # fmt: skip
        self.block2 = nn.Sequential(
            nn.Conv2d(F1 * D, F1 * D, (1, 4), padding=(0, 2), bias=False, groups=F1 * D),
            nn.Conv2d(F1 * D, F2, 1, bias=False), nn.BatchNorm2d(F2, eps=1e-3), nn.ELU(), nn.AvgPool2d((1, 2)),
        )  # fmt: skip
        self.classifier = nn.Linear(self.feature_dim(chans, samples), 2)

    def feature_dim(self, chans: int, samples: int) -> int:
        with torch.no_grad():
            mock = self.block2(self.block1(torch.zeros(1, 1, chans, samples)))
        return int(mock.flatten(start_dim=1).shape[1])

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.block2(self.block1(x)).flatten(start_dim=1))


@brought("cnn")
def brain_waves() -> Call:
    """EEGNet of TorchEEG, its spatial weights of bounded norm"""
    return call(EEGNet(4, 24).eval(), torch.randn(2, 1, 4, 24), classes(2, 2), nn.CrossEntropyLoss())


class Inception1d(nn.Module):
    def __init__(self, ni: int, nf: int, ks: int = 10, bottleneck: bool = True) -> None:
        super().__init__()
        kernels = [ks // (2**i) for i in range(3)]
        kernels = [k if k % 2 != 0 else k - 1 for k in kernels]
        bottleneck = bottleneck if ni > 1 else False
        self.bottleneck = nn.Conv1d(ni, nf, 1, bias=False) if bottleneck else (lambda x: x)
        self.convs = nn.ModuleList(
            [nn.Conv1d(nf if bottleneck else ni, nf, k, padding=k // 2, bias=False) for k in kernels]
        )
        self.maxconvpool = nn.Sequential(nn.MaxPool1d(3, stride=1, padding=1), nn.Conv1d(ni, nf, 1, bias=False))
        self.bn = nn.BatchNorm1d(nf * 4)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        input_tensor = x
        x = self.bottleneck(x)
        x = torch.cat([c(x) for c in self.convs] + [self.maxconvpool(input_tensor)], dim=1)
        return self.act(self.bn(x))


class InceptionTime(nn.Module):
    def __init__(self, c_in: int, c_out: int, nf: int = 2, depth: int = 3) -> None:
        super().__init__()
        self.depth = depth
        self.inception, self.shortcut = nn.ModuleList(), nn.ModuleList()
        for d in range(depth):
            self.inception.append(Inception1d(c_in if d == 0 else nf * 4, nf))
            if d % 3 == 2:
                n_in, n_out = (c_in, nf * 4)
                bn = nn.BatchNorm1d(n_out)
                self.shortcut.append(bn if n_in == n_out else nn.Sequential(nn.Conv1d(n_in, n_out, 1), bn))
        self.add, self.act = (lambda a, b: a + b), nn.ReLU()
        self.gap, self.fc = nn.AdaptiveAvgPool1d(1), nn.Linear(nf * 4, c_out)

    def forward(self, x: Tensor) -> Tensor:
        res = x
        for d, l in enumerate(range(self.depth)):  # noqa: E741
            x = self.inception[l](x)
            if d % 3 == 2:
                res = x = self.act(self.add(x, self.shortcut[d // 3](res)))
        return self.fc(self.gap(x).squeeze(-1))


@brought("cnn")
def series_by_inception() -> Call:
    """InceptionTime of tsai"""
    return call(InceptionTime(2, 3), torch.randn(3, 2, 12), classes(3, 3), nn.CrossEntropyLoss())
