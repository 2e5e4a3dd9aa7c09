"""Images of two sizes, styles by a fixed network, noise of a known strength."""

from collections import namedtuple
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.models.brought import Call, Tensor, brought, call


class VGGFeatures(nn.Module):
    def __init__(self, requires_grad: bool = False) -> None:
        super().__init__()
        cfg = [3, 4, "M", 5]
        layers: list[nn.Module] = []
        c: Any = 3
        for v in cfg:
            if v == "M":
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(c, int(v), 3, padding=1), nn.ReLU()]
                c = v
        features = nn.Sequential(*layers)
        self.slice1, self.slice2 = nn.Sequential(), nn.Sequential()
        for x in range(4):
            self.slice1.add_module(str(x), features[x])
        for x in range(4, 7):
            self.slice2.add_module(str(x), features[x])
        if not requires_grad:
            for param in self.parameters():
                param.requires_grad = False

    def forward(self, X: Tensor) -> Any:
        h1 = self.slice1(X)
        outputs = namedtuple("VggOutputs", ["relu1_2", "relu2_1"])
        return outputs(h1, self.slice2(h1))


def normalize_batch(batch: Tensor) -> Tensor:
    mean = batch.new_tensor([0.485, 0.456, 0.406]).view(-1, 1, 1)
    std = batch.new_tensor([0.229, 0.224, 0.225]).view(-1, 1, 1)
    return (batch.div_(255.0) - mean) / std


@brought("restoration")
def perceptual_losses() -> Call:
    """fast_neural_style of PyTorch's examples: contents and Gram matrices of a fixed VGG, and total variation"""
    vgg, mse = VGGFeatures().eval(), nn.MSELoss()
    transformer = nn.Sequential(
        nn.ReflectionPad2d(1), nn.Conv2d(3, 4, 3), nn.InstanceNorm2d(4, affine=True), nn.ReLU(), nn.Conv2d(4, 3, 1)
    )
    transformer[1].bias.requires_grad = False

    def gram_matrix(y: Tensor) -> Tensor:
        (b, ch, h, w) = y.size()
        features = y.view(b, ch, w * h)
        return features.bmm(features.transpose(1, 2)) / (ch * h * w)

    def loss(y: Tensor, target: tuple[Tensor, Tensor]) -> Tensor:
        x, style = (t.clone() for t in target)
        tv = torch.sum(torch.abs(y[:, :, :, :-1] - y[:, :, :, 1:])) + torch.sum(
            torch.abs(y[:, :, :-1, :] - y[:, :, 1:, :])
        )
        gram_style = [gram_matrix(f) for f in vgg(normalize_batch(style.repeat(2, 1, 1, 1)))]
        features_y, features_x = vgg(normalize_batch(y * 1.0)), vgg(normalize_batch(x))
        content_loss = 1e2 * mse(features_y.relu2_1, features_x.relu2_1)
        style_loss: Any = 0.0
        for ft_y, gm_s in zip(features_y, gram_style, strict=True):
            style_loss += mse(gram_matrix(ft_y), gm_s[: len(x), :, :])
        return content_loss + 1e3 * style_loss + 1e-4 * tv

    x = torch.rand(2, 3, 6, 6) * 255
    return call(transformer, x, (x, torch.rand(1, 3, 6, 6) * 255), loss)


@brought("restoration")
def sizes_by_laplacians() -> Call:
    """LapSRN of twtygqyy: transposed convolutions filled with bilinear kernels by numpy, two sizes at once"""

    def get_upsample_filter(size: int) -> Tensor:
        factor = (size + 1) // 2
        center = factor - 1 if size % 2 == 1 else factor - 0.5
        og = np.ogrid[:size, :size]
        return torch.from_numpy((1 - abs(og[0] - center) / factor) * (1 - abs(og[1] - center) / factor)).float()

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv_input, self.relu = nn.Conv2d(1, 3, 3, 1, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)
            self.convt_I1, self.convt_I2 = (nn.ConvTranspose2d(1, 1, 4, 2, 1, bias=False) for _ in range(2))
            self.convt_F1, self.convt_F2 = self.make_layer(), self.make_layer()
            self.convt_R1, self.convt_R2 = nn.Conv2d(3, 1, 3, 1, 1, bias=False), nn.Conv2d(3, 1, 3, 1, 1, bias=False)
            for m in self.modules():
                if isinstance(m, nn.ConvTranspose2d):
                    c1, c2, h, _w = m.weight.data.size()
                    m.weight.data = get_upsample_filter(h).view(1, 1, h, h).repeat(c1, c2, 1, 1)

        def make_layer(self) -> nn.Sequential:
            act = nn.LeakyReLU(0.2, inplace=True)
            return nn.Sequential(nn.Conv2d(3, 3, 3, 1, 1), act, nn.ConvTranspose2d(3, 3, 4, 2, 1), act)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            out = self.relu(self.conv_input(x))
            convt_F1 = self.convt_F1(out)
            HR_2x = self.convt_I1(x) + self.convt_R1(convt_F1)
            convt_F2 = self.convt_F2(convt_F1)
            return HR_2x, self.convt_I2(HR_2x) + self.convt_R2(convt_F2)

    def l1_charbonnier(X: Tensor, Y: Tensor) -> Tensor:
        diff = torch.add(X, -Y)
        return torch.sum(torch.sqrt(diff * diff + 1e-6))

    targets = [torch.rand(1, 1, 6, 6), torch.rand(1, 1, 12, 12)]
    return call(Net(), torch.rand(1, 1, 3, 3), targets, None, losses=[l1_charbonnier, l1_charbonnier])


@brought("restoration")
def noise_of_known_strength() -> Call:
    """FFDNet of cszn: pixels unshuffled by hand, a map of the noise's strength beside them"""

    class PixelUnShuffle(nn.Module):
        def __init__(self, upscale_factor: int) -> None:
            super().__init__()
            self.upscale_factor = upscale_factor

        def forward(self, input: Tensor) -> Tensor:
            b, c, h, w = input.size()
            oh, ow = h // self.upscale_factor, w // self.upscale_factor
            view = input.contiguous().view(b, c, oh, self.upscale_factor, ow, self.upscale_factor)
            return view.permute(0, 1, 3, 5, 2, 4).contiguous().view(b, c * self.upscale_factor**2, oh, ow)

        def extra_repr(self) -> str:
            return f"upscale_factor={self.upscale_factor}"

    class FFDNet(nn.Module):
        def __init__(self, nc: int = 4, nb: int = 3) -> None:
            super().__init__()
            self.m_down = PixelUnShuffle(upscale_factor=2)
            body = [nn.Sequential(nn.Conv2d(nc, nc, 3, padding=1), nn.ReLU(inplace=True)) for _ in range(nb - 2)]
            self.model = nn.Sequential(nn.Conv2d(5, nc, 3, padding=1), nn.ReLU(), *body, nn.Conv2d(nc, 4, 3, padding=1))
            self.m_up = nn.PixelShuffle(upscale_factor=2)

        def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
            h, w = x.size()[-2:]
            paddingBottom, paddingRight = int(np.ceil(h / 2) * 2 - h), int(np.ceil(w / 2) * 2 - w)
            x = torch.nn.ReplicationPad2d((0, paddingRight, 0, paddingBottom))(x)
            x = self.m_down(x)
            m = sigma.repeat(1, 1, x.size()[-2], x.size()[-1])
            x = self.m_up(self.model(torch.cat((x, m), 1)))
            return x[..., :h, :w]

    return call(
        FFDNet(), (torch.rand(1, 1, 5, 5), torch.full((1, 1, 1, 1), 15 / 255)), torch.rand(1, 1, 5, 5), nn.L1Loss()
    )
