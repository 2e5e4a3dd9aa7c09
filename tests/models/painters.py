"""GANs and nets that restore images, as their repositories write them."""

import functools
import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


def weights_init(m: nn.Module) -> None:
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


class Discriminator(nn.Module):
    def __init__(self, ngpu: int, nc: int = 3, ndf: int = 2) -> None:
        super().__init__()
        self.ngpu = ngpu
        self.main = nn.Sequential(
            nn.Conv2d(nc, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(ndf * 2), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf * 2, 1, 4, 1, 0, bias=False), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        if input.is_cuda and self.ngpu > 1:
            output = nn.parallel.data_parallel(self.main, input, range(self.ngpu))
        else:
            output = self.main(input)
        return output.view(-1, 1).squeeze(1)


@brought("gan")
def dcgan_on_gpus() -> Call:
    """pytorch/examples' DCGAN: data_parallel where there are GPUs, weights_init by class names"""
    model = Discriminator(0)
    model.apply(weights_init)
    return call(model, torch.randn(2, 3, 16, 16), torch.full((2,), 1.0), nn.BCELoss())


class UnetSkipConnectionBlock(nn.Module):
    def __init__(
        self,
        outer_nc: int,
        inner_nc: int,
        input_nc: int | None = None,
        submodule: nn.Module | None = None,
        outermost: bool = False,
        innermost: bool = False,
        norm_layer: Any = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        self.outermost = outermost
        use_bias = norm_layer.func == nn.InstanceNorm2d if type(norm_layer) is functools.partial else False
        if input_nc is None:
            input_nc = outer_nc
        downconv = nn.Conv2d(input_nc, inner_nc, kernel_size=4, stride=2, padding=1, bias=use_bias)
        downrelu = nn.LeakyReLU(0.2, True)
        downnorm = norm_layer(inner_nc)
        uprelu = nn.ReLU(True)
        upnorm = norm_layer(outer_nc)
        if outermost:
            upconv = nn.ConvTranspose2d(inner_nc * 2, outer_nc, kernel_size=4, stride=2, padding=1)
            model = [downconv, submodule, uprelu, upconv, nn.Tanh()]
        elif innermost:
            upconv = nn.ConvTranspose2d(inner_nc, outer_nc, kernel_size=4, stride=2, padding=1, bias=use_bias)
            model = [downrelu, downconv, uprelu, upconv, upnorm]
        else:
            upconv = nn.ConvTranspose2d(inner_nc * 2, outer_nc, kernel_size=4, stride=2, padding=1, bias=use_bias)
            model = [downrelu, downconv, downnorm, submodule, uprelu, upconv, upnorm]
        self.model = nn.Sequential(*model)

    def forward(self, x: Tensor) -> Tensor:
        if self.outermost:
            return self.model(x)
        return torch.cat([x, self.model(x)], 1)


@brought("gan")
def pix2pix_unet() -> Call:
    """junyanz' pix2pix: a U-Net made from the inside out; each skip is changed in place after it was kept"""
    norm = functools.partial(nn.InstanceNorm2d, affine=False, track_running_stats=False)
    block = UnetSkipConnectionBlock(4, 4, innermost=True, norm_layer=norm)
    block = UnetSkipConnectionBlock(2, 4, submodule=block, norm_layer=norm)
    model = UnetSkipConnectionBlock(3, 2, input_nc=3, submodule=block, outermost=True, norm_layer=norm)
    return call(model, torch.randn(1, 3, 16, 16), torch.rand(1, 3, 16, 16), nn.L1Loss())


class GANLoss(nn.Module):
    def __init__(self, target_real_label: float = 1.0, target_fake_label: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("real_label", torch.tensor(target_real_label))
        self.register_buffer("fake_label", torch.tensor(target_fake_label))
        self.loss = nn.MSELoss()

    def get_target_tensor(self, prediction: Tensor, target_is_real: bool) -> Tensor:
        target_tensor = self.real_label if target_is_real else self.fake_label
        return target_tensor.expand_as(prediction)

    def __call__(self, prediction: Tensor, target_is_real: bool) -> Tensor:
        return self.loss(prediction, self.get_target_tensor(prediction, target_is_real))


@brought("gan")
def cycle_gan_patches() -> Call:
    """junyanz' CycleGAN: a PatchGAN's loss of least squares, whose target is the word True"""
    model = nn.Sequential(
        nn.Conv2d(3, 2, 4, 2, 1), nn.LeakyReLU(0.2, True), nn.Conv2d(2, 4, 4, 2, 1), nn.InstanceNorm2d(4),
        nn.LeakyReLU(0.2, True), nn.Conv2d(4, 1, 2, 1, 1),
    )  # fmt: skip
    return call(model, torch.randn(1, 3, 16, 16), True, GANLoss())


class ACGenerator(nn.Module):
    def __init__(self, n_classes: int = 4, latent_dim: int = 4) -> None:
        super().__init__()
        self.label_emb = nn.Embedding(n_classes, latent_dim)
        self.init_size = 8 // 4
        self.l1 = nn.Sequential(nn.Linear(latent_dim, 4 * self.init_size**2))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(4), nn.Upsample(scale_factor=2), nn.Conv2d(4, 4, 3, stride=1, padding=1),
            nn.BatchNorm2d(4, 0.8), nn.LeakyReLU(0.2, inplace=True), nn.Upsample(scale_factor=2),
            nn.Conv2d(4, 1, 3, stride=1, padding=1), nn.Tanh(),
        )  # fmt: skip

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        gen_input = torch.mul(self.label_emb(labels), noise)
        out = self.l1(gen_input)
        out = out.view(out.shape[0], 4, self.init_size, self.init_size)
        return self.conv_blocks(out)


@brought("gan")
def acgan_generator() -> Call:
    """eriklindernoren's ACGAN: labels embedded and multiplied with noise, judged by a mean"""
    return call(
        ACGenerator(), (torch.randn(2, 4), classes(4, 2)), torch.rand(2, 1, 8, 8), nn.MSELoss()
    )  # fmt: skip


class EqualLinear(nn.Module):
    def __init__(self, in_dim: int, out_dim: int, bias_init: float = 0, lr_mul: float = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_dim, in_dim).div_(lr_mul))
        self.bias = nn.Parameter(torch.zeros(out_dim).fill_(bias_init))
        self.scale = (1 / math.sqrt(in_dim)) * lr_mul
        self.lr_mul = lr_mul

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight * self.scale, bias=self.bias * self.lr_mul)


class ModulatedConv2d(nn.Module):
    def __init__(self, in_channel: int, out_channel: int, kernel_size: int, style_dim: int) -> None:
        super().__init__()
        self.eps = 1e-8
        self.kernel_size, self.in_channel, self.out_channel = kernel_size, in_channel, out_channel
        self.scale = 1 / math.sqrt(in_channel * kernel_size**2)
        self.padding = kernel_size // 2
        self.weight = nn.Parameter(torch.randn(1, out_channel, in_channel, kernel_size, kernel_size))
        self.modulation = EqualLinear(style_dim, in_channel, bias_init=1)

    def forward(self, input: Tensor, style: Tensor) -> Tensor:
        batch, in_channel, height, width = input.shape
        style = self.modulation(style).view(batch, 1, in_channel, 1, 1)
        weight = self.scale * self.weight * style
        demod = torch.rsqrt(weight.pow(2).sum([2, 3, 4]) + 1e-8)
        weight = weight * demod.view(batch, self.out_channel, 1, 1, 1)
        weight = weight.view(batch * self.out_channel, in_channel, self.kernel_size, self.kernel_size)
        input = input.view(1, batch * in_channel, height, width)
        out = F.conv2d(input, weight, padding=self.padding, groups=batch)
        _, _, height, width = out.shape
        return out.view(batch, self.out_channel, height, width)


class PixelNorm(nn.Module):
    def forward(self, input: Tensor) -> Tensor:
        return input * torch.rsqrt(torch.mean(input**2, dim=1, keepdim=True) + 1e-8)


class StyledConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.style = nn.Sequential(PixelNorm(), EqualLinear(3, 3, lr_mul=0.01), nn.LeakyReLU(0.2))
        self.input = nn.Parameter(torch.randn(1, 2, 4, 4))
        self.conv = ModulatedConv2d(2, 3, 3, 3)
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))

    def forward(self, z: Tensor) -> Tensor:
        w = self.style(z)
        out = self.input.repeat(z.shape[0], 1, 1, 1)
        out = self.conv(out, w) + self.bias
        return F.leaky_relu(out, 0.2) * 2**0.5


@brought("gan")
def styled_conv() -> Call:
    """rosinality's StyleGAN 2: equalised layers, a kernel of its own for each image by groups"""
    return call(StyledConv(), torch.randn(2, 3), None, lambda fake, target: F.softplus(-fake).mean())


class StddevDiscriminator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stddev_group, self.stddev_feat = 2, 1
        self.convs = nn.Conv2d(3, 4, 3, padding=1)
        self.final_conv = nn.Conv2d(5, 4, 3, padding=1)
        self.final_linear = nn.Sequential(EqualLinear(4 * 4 * 4, 4), nn.LeakyReLU(0.2), EqualLinear(4, 1))

    def forward(self, input: Tensor) -> Tensor:
        out = F.leaky_relu(self.convs(input), 0.2)
        batch, channel, height, width = out.shape
        group = min(batch, self.stddev_group)
        stddev = out.view(group, -1, self.stddev_feat, channel // self.stddev_feat, height, width)
        stddev = torch.sqrt(stddev.var(0, unbiased=False) + 1e-8)
        stddev = stddev.mean([2, 3, 4], keepdims=True).squeeze(2)
        stddev = stddev.repeat(group, 1, height, width)
        out = torch.cat([out, stddev], 1)
        out = self.final_conv(out)
        return self.final_linear(out.view(batch, -1))


@brought("gan")
def deviation_in_groups() -> Call:
    """rosinality's StyleGAN 2 discriminator: the deviation over groups of the batch as a channel"""
    return call(StddevDiscriminator(), torch.randn(4, 3, 4, 4), None, lambda real, target: F.softplus(-real).mean())


class MeanShift(nn.Conv2d):
    def __init__(
        self, rgb_range: float, rgb_mean: Any = (0.4488, 0.4371, 0.4040), rgb_std: Any = (1.0, 1.0, 1.0), sign: int = -1
    ) -> None:
        super().__init__(3, 3, kernel_size=1)
        std = torch.Tensor(rgb_std)
        self.weight.data = torch.eye(3).view(3, 3, 1, 1) / std.view(3, 1, 1, 1)
        self.bias.data = sign * rgb_range * torch.Tensor(rgb_mean) / std
        for p in self.parameters():
            p.requires_grad = False


class EDSRBlock(nn.Module):
    def __init__(self, n_feats: int, kernel_size: int, act: nn.Module, res_scale: float = 1) -> None:
        super().__init__()
        m: list[nn.Module] = []
        for i in range(2):
            m.append(nn.Conv2d(n_feats, n_feats, kernel_size, padding=(kernel_size // 2)))
            if i == 0:
                m.append(act)
        self.body = nn.Sequential(*m)
        self.res_scale = res_scale

    def forward(self, x: Tensor) -> Tensor:
        res = self.body(x).mul(self.res_scale)
        res += x
        return res


class EDSR(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        act = nn.ReLU(True)
        self.sub_mean = MeanShift(1.0)
        self.add_mean = MeanShift(1.0, sign=1)
        self.head = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1))
        self.body = nn.Sequential(*[EDSRBlock(3, 3, act, 0.1) for _ in range(2)], nn.Conv2d(3, 3, 3, padding=1))
        self.tail = nn.Sequential(nn.Conv2d(3, 12, 3, padding=1), nn.PixelShuffle(2), nn.Conv2d(3, 3, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.sub_mean(x)
        x = self.head(x)
        res = self.body(x)
        res += x
        x = self.tail(res)
        return self.add_mean(x)


@brought("restoration")
def edsr_with_mean_shift() -> Call:
    """sanghyun-son's EDSR: a convolution that is not learned takes the mean away and puts it back"""
    return call(EDSR(), torch.rand(1, 3, 4, 4), torch.rand(1, 3, 8, 8), nn.L1Loss())
