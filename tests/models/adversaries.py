"""More adversarial networks: spectral norm, attention, labels as projections, codes to be found again, margins."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F, init
from torch.nn.utils import spectral_norm

from tests.models.brought import Call, Tensor, brought, call, classes


class ResBlockDiscriminator(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, 1, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, padding=1)
        nn.init.xavier_uniform_(self.conv1.weight.data, 1.0)
        nn.init.xavier_uniform_(self.conv2.weight.data, np.sqrt(2))
        self.model: nn.Module
        layers = [nn.ReLU(), spectral_norm(self.conv1), nn.ReLU(), spectral_norm(self.conv2)]
        self.model = (
            nn.Sequential(*layers) if stride == 1 else nn.Sequential(*layers, nn.AvgPool2d(2, stride=stride, padding=0))
        )
        self.bypass: nn.Module = nn.Sequential()
        if stride != 1:
            self.bypass_conv = nn.Conv2d(in_channels, out_channels, 1, 1, padding=0)
            nn.init.xavier_uniform_(self.bypass_conv.weight.data, np.sqrt(2))
            self.bypass = nn.Sequential(spectral_norm(self.bypass_conv), nn.AvgPool2d(2, stride=stride, padding=0))

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x) + self.bypass(x)


class ProjectionDiscriminator(nn.Module):
    def __init__(self, num_classes: int = 0, num_features: int = 4) -> None:
        super().__init__()
        self.activation = F.relu
        self.block1 = ResBlockDiscriminator(3, num_features, stride=2)
        self.block2 = ResBlockDiscriminator(num_features, num_features)
        self.l6 = nn.utils.spectral_norm(nn.Linear(num_features, 1))
        if num_classes > 0:
            self.l_y = nn.utils.spectral_norm(nn.Embedding(num_classes, num_features))
        self._initialize()

    def _initialize(self) -> None:
        init.xavier_uniform_(self.l6.weight.data)
        optional_l_y = getattr(self, "l_y", None)
        if optional_l_y is not None:
            init.xavier_uniform_(optional_l_y.weight.data)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        h = x
        for i in range(1, 3):
            h = getattr(self, f"block{i}")(h)
        h = self.activation(h)
        h = torch.sum(h, dim=(2, 3))
        output = self.l6(h)
        if y is not None:
            output += torch.sum(self.l_y(y) * h, dim=1, keepdim=True)
        return output


@brought("gan")
def labels_projected() -> Call:
    """SNGAN with labels as a projection, of crcrpar, and the hinge loss of real and generated images at once"""

    def dis_hinge(output: Tensor, real: int) -> Tensor:
        dis_real, dis_fake = output[:real], output[real:]
        loss = torch.mean(torch.relu(1.0 - dis_real))
        loss += torch.mean(torch.relu(1.0 + dis_fake))
        return loss

    inputs = (torch.randn(4, 3, 4, 4), classes(3, 4))
    return call(ProjectionDiscriminator(3).eval(), inputs, 2, dis_hinge)


class ConditionalBatchNorm2d(nn.Module):
    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__()
        self.num_features = num_features
        self.bn = nn.BatchNorm2d(num_features, affine=False)
        self.embed = nn.Embedding(num_classes, num_features * 2)
        self.embed.weight.data[:, :num_features].normal_(1, 0.02)
        self.embed.weight.data[:, num_features:].zero_()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        out = self.bn(x)
        gamma, beta = self.embed(y).chunk(2, 1)
        return gamma.view(-1, self.num_features, 1, 1) * out + beta.view(-1, self.num_features, 1, 1)


class SelfAttn(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.theta = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)
        self.phi = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)
        self.g = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)
        self.attn = nn.Conv2d(in_channels // 2, in_channels, 1, bias=False)
        self.softmax = nn.Softmax(dim=-1)
        self.sigma = nn.Parameter(torch.tensor(0.5))

    def forward(self, x: Tensor) -> Tensor:
        _, ch, h, w = x.size()
        theta = self.theta(x).view(-1, ch // 2, h * w)
        phi = F.max_pool2d(self.phi(x), 2).view(-1, ch // 2, h * w // 4)
        attn = self.softmax(torch.bmm(theta.permute(0, 2, 1), phi))
        g = F.max_pool2d(self.g(x), 2).view(-1, ch // 2, h * w // 4)
        attn_g = torch.bmm(g, attn.permute(0, 2, 1)).view(-1, ch // 2, h, w)
        return x + self.sigma * self.attn(attn_g)


class BigGenerator(nn.Module):
    def __init__(self, z_dim: int, num_classes: int) -> None:
        super().__init__()
        self.split, self.linear = z_dim // 2, nn.Linear(z_dim // 2, 4 * 2 * 2)
        self.bn1, self.conv = ConditionalBatchNorm2d(4, num_classes), nn.Conv2d(4, 4, 3, padding=1)
        self.attention, self.bn2 = SelfAttn(4), nn.BatchNorm2d(4, eps=1e-4)
        self.colorize = nn.Conv2d(5, 3, 3, padding=1)

    def forward(self, z: Tensor, class_id: Tensor) -> Tensor:
        codes = torch.split(z, self.split, 1)
        out = self.linear(codes[0]).view(-1, 4, 2, 2)
        out = F.relu(self.bn1(out, class_id), True)
        out = F.interpolate(out, scale_factor=2)
        out = self.attention(self.conv(out))
        code = codes[1].sum(1).view(-1, 1, 1, 1).expand(-1, 1, *out.shape[2:])
        out = torch.cat([F.relu(self.bn2(out)), code], 1)
        return torch.tanh(self.colorize(out))


@brought("gan")
def large_scale() -> Call:
    """BigGAN of rosinality: batch norm of a class, self-attention, the noise in parts, minus the critic's mean"""
    critic = nn.Sequential(nn.Conv2d(3, 2, 4), nn.Flatten())
    for p in critic.parameters():
        p.requires_grad = False

    def loss(fake: Tensor, _: None) -> Tensor:
        return -critic(fake).mean()

    return call(BigGenerator(4, 3), (torch.randn(3, 4), classes(3, 3)), None, loss)


class QFront(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(1, 3, 4, 2, 1), nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(3, 4, 4, 2, 1, bias=False), nn.BatchNorm2d(4), nn.LeakyReLU(0.1, inplace=True),
        )  # fmt: skip
        self.conv_disc, self.conv_mu = nn.Conv2d(4, 3, 2, bias=False), nn.Conv2d(4, 2, 2)
        self.conv_var = nn.Conv2d(4, 2, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        y = self.main(x)
        disc_logits = self.conv_disc(y).squeeze()
        mu = self.conv_mu(y).squeeze()
        var = self.conv_var(y).squeeze().exp()
        return disc_logits, mu, var


class LogGaussian:
    def __call__(self, x: Tensor, mu: Tensor, var: Tensor) -> Tensor:
        logli = -0.5 * (var.mul(2 * np.pi) + 1e-6).log() - (x - mu).pow(2).div(var.mul(2.0) + 1e-6)
        return logli.sum(1).mean().mul(-1)


@brought("gan")
def codes_found_again() -> Call:
    """InfoGAN of pianomania: the discrete code by cross entropy, the continuous by a Gaussian's likelihood"""
    criterion_q_dis, criterion_q_con = nn.CrossEntropyLoss(), LogGaussian()

    def loss(output: Any, target: Any) -> Tensor:
        q_logits, q_mu, q_var = output
        idx, con_c = target
        return criterion_q_dis(q_logits, idx.long()) + criterion_q_con(con_c, q_mu, q_var) * 0.1

    target = (torch.from_numpy(np.array([0, 2, 1])), torch.rand(3, 2) * 2 - 1)
    return call(QFront(), torch.randn(3, 1, 8, 8), target, loss)


class MultiscaleDiscriminator(nn.Module):
    """Discriminators of an image and of its half; each returns what its layers made."""

    def __init__(self, input_nc: int, ndf: int = 2, n_layers: int = 2, num_D: int = 2) -> None:
        super().__init__()
        self.num_D, self.n_layers = num_D, n_layers
        for i in range(num_D):
            sequence = [[nn.Conv2d(input_nc, ndf, kernel_size=4, stride=2, padding=2), nn.LeakyReLU(0.2, True)]]
            sequence += [[nn.Conv2d(ndf, ndf * 2, 4, 1, 2), nn.InstanceNorm2d(ndf * 2), nn.LeakyReLU(0.2, True)]]  # type: ignore[list-item]
            sequence += [[nn.Conv2d(ndf * 2, 1, kernel_size=4, stride=1, padding=2)]]  # type: ignore[list-item]
            for j in range(len(sequence)):
                setattr(self, "scale" + str(i) + "_layer" + str(j), nn.Sequential(*sequence[j]))
        self.downsample = nn.AvgPool2d(3, stride=2, padding=[1, 1], count_include_pad=False)  # type: ignore[arg-type]

    def singleD_forward(self, model: Any, input: Tensor) -> list[Tensor]:
        result = [input]
        for i in range(len(model)):
            result.append(model[i](result[-1]))
        return result[1:]

    def forward(self, input: Tensor) -> list[list[Tensor]]:
        result = []
        input_downsampled = input
        for i in range(self.num_D):
            model = [getattr(self, f"scale{self.num_D - 1 - i}_layer{j}") for j in range(self.n_layers + 1)]
            result.append(self.singleD_forward(model, input_downsampled))
            if i != (self.num_D - 1):
                input_downsampled = self.downsample(input_downsampled)
        return result


class GANLoss(nn.Module):
    def __init__(
        self, use_lsgan: bool = True, real: float = 1.0, fake: float = 0.0, tensor: Any = torch.FloatTensor
    ) -> None:
        super().__init__()
        self.real_label, self.fake_label = real, fake
        self.real_label_var: Any = None
        self.Tensor = tensor
        self.loss = nn.MSELoss() if use_lsgan else nn.BCELoss()

    def get_target_tensor(self, input: Tensor) -> Tensor:
        create_label = (self.real_label_var is None) or (self.real_label_var.numel() != input.numel())
        if create_label:
            self.real_label_var = self.Tensor(input.size()).fill_(self.real_label)
        return self.real_label_var

    def __call__(self, input: Any, target_is_real: bool) -> Tensor:
        loss: Any = 0
        for input_i in input:
            pred = input_i[-1]
            loss += self.loss(pred, self.get_target_tensor(pred).to(pred.dtype))
        return loss


@brought("gan")
def discriminators_of_scales() -> Call:
    """pix2pixHD: the discriminator at two scales, and its features against those of the real image"""
    real_image, gan, l1 = torch.randn(1, 3, 8, 8), GANLoss(), nn.L1Loss()

    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.netG = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(1, 3, 3), nn.Tanh())
            self.netD = MultiscaleDiscriminator(4)

        def discriminate(self, label: Tensor, image: Tensor) -> list[list[Tensor]]:
            return self.netD(torch.cat((label, image), dim=1))

        def forward(self, label: Tensor, image: Tensor) -> Any:
            return self.discriminate(label, self.netG(label)), self.discriminate(label, image)

    def loss(output: Any, _: None) -> Tensor:
        pred_fake, pred_real = output
        loss_G_GAN_Feat: Any = 0
        feat_weights, D_weights = 4.0 / (2 + 1), 1.0 / 2
        for i in range(2):
            for j in range(len(pred_fake[i]) - 1):
                loss_G_GAN_Feat += D_weights * feat_weights * l1(pred_fake[i][j], pred_real[i][j].detach()) * 10.0
        return gan(pred_fake, True) + loss_G_GAN_Feat

    return call(Both(), (torch.randn(1, 1, 8, 8), real_image), None, loss)
