"""Nets whose output is compared: siamese, triplet, contrastive, centres, capsules."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


def squash(tensor: Tensor, dim: int = -1) -> Tensor:
    squared_norm = (tensor**2).sum(dim=dim, keepdim=True)
    scale = squared_norm / (1 + squared_norm)
    return scale * tensor / torch.sqrt(squared_norm)


class CapsuleLayer(nn.Module):
    def __init__(
        self,
        num_capsules: int,
        num_route_nodes: int,
        in_channels: int,
        out_channels: int,
        kernel_size: Any = None,
        stride: Any = None,
        num_iterations: int = 3,
    ) -> None:
        super().__init__()
        self.num_route_nodes = num_route_nodes
        self.num_iterations = num_iterations
        self.num_capsules = num_capsules
        if num_route_nodes != -1:
            self.route_weights = nn.Parameter(torch.randn(num_capsules, num_route_nodes, in_channels, out_channels))
        else:
            self.capsules = nn.ModuleList(
                [nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding=0) for _ in range(num_capsules)]
            )

    def forward(self, x: Tensor) -> Tensor:
        if self.num_route_nodes != -1:
            priors = x[None, :, :, None, :] @ self.route_weights[:, None, :, :, :]
            logits = torch.zeros(*priors.size())
            for i in range(self.num_iterations):
                probs = F.softmax(logits, dim=2)
                outputs = squash((probs * priors).sum(dim=2, keepdim=True))
                if i != self.num_iterations - 1:
                    delta_logits = (priors * outputs).sum(dim=-1, keepdim=True)
                    logits = logits + delta_logits
        else:
            outputs = [capsule(x).view(x.size(0), -1, 1) for capsule in self.capsules]
            outputs = torch.cat(outputs, dim=-1)
            outputs = squash(outputs)
        return outputs


class CapsuleNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, kernel_size=3, stride=1)
        self.primary_capsules = CapsuleLayer(2, -1, 3, 2, kernel_size=3, stride=2)
        self.digit_capsules = CapsuleLayer(3, 8, 2, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x), inplace=True)
        x = self.primary_capsules(x)
        x = self.digit_capsules(x).squeeze().transpose(0, 1)
        classes = (x**2).sum(dim=-1) ** 0.5
        return F.softmax(classes, dim=-1)


def margin_loss(classes: Tensor, labels: Tensor) -> Tensor:
    left = F.relu(0.9 - classes, inplace=True) ** 2
    right = F.relu(classes - 0.1, inplace=True) ** 2
    margin = labels * left + 0.5 * (1.0 - labels) * right
    return margin.sum() / labels.size(0)


@brought("cnn")
def capsules_of_gram() -> Call:
    """gram-ai's capsule networks: routing by agreement with six axes, the margin loss"""
    return call(CapsuleNet(), torch.rand(2, 1, 7, 7), torch.eye(3)[[0, 2]], margin_loss)


class SiameseNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cnn1 = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(1, 2, kernel_size=3), nn.ReLU(inplace=True), nn.BatchNorm2d(2),
            nn.ReflectionPad2d(1), nn.Conv2d(2, 2, kernel_size=3), nn.ReLU(inplace=True), nn.BatchNorm2d(2),
        )  # fmt: skip
        self.fc1 = nn.Sequential(nn.Linear(2 * 4 * 4, 6), nn.ReLU(inplace=True), nn.Linear(6, 3))

    def forward_once(self, x: Tensor) -> Tensor:
        output = self.cnn1(x)
        output = output.view(output.size()[0], -1)
        return self.fc1(output)

    def forward(self, input1: Tensor, input2: Tensor) -> tuple[Tensor, Tensor]:
        output1 = self.forward_once(input1)
        output2 = self.forward_once(input2)
        return output1, output2


class ContrastiveLoss(nn.Module):
    def __init__(self, margin: float = 2.0) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, outputs: tuple[Tensor, Tensor], label: Tensor) -> Tensor:
        euclidean_distance = F.pairwise_distance(outputs[0], outputs[1], keepdim=True)
        return torch.mean(
            (1 - label) * torch.pow(euclidean_distance, 2)
            + (label) * torch.pow(torch.clamp(self.margin - euclidean_distance, min=0.0), 2)
        )


@brought("cnn")
def siamese_faces() -> Call:
    """harveyslash's one-shot faces: forward_once twice, a contrastive loss of pairwise distances"""
    x = (torch.rand(3, 1, 4, 4), torch.rand(3, 1, 4, 4))
    return call(SiameseNetwork(), x, torch.tensor([[0.0], [1.0], [1.0]]), ContrastiveLoss())


class EmbeddingNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convnet = nn.Sequential(nn.Conv2d(1, 3, 3), nn.PReLU(), nn.MaxPool2d(2, stride=2))
        self.fc = nn.Sequential(nn.Linear(12, 4), nn.PReLU(), nn.Linear(4, 2))

    def forward(self, x: Tensor) -> Tensor:
        output = self.convnet(x)
        output = output.view(output.size()[0], -1)
        output = self.fc(output)
        output = output / output.pow(2).sum(1, keepdim=True).sqrt()
        return output

    def get_embedding(self, x: Tensor) -> Tensor:
        return self.forward(x)


class TripletNet(nn.Module):
    def __init__(self, embedding_net: EmbeddingNet) -> None:
        super().__init__()
        self.embedding_net = embedding_net

    def forward(self, x1: Tensor, x2: Tensor, x3: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.embedding_net(x1), self.embedding_net(x2), self.embedding_net(x3)


class TripletLoss(nn.Module):
    def __init__(self, margin: float) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, outputs: tuple[Tensor, Tensor, Tensor], target: Any, size_average: bool = True) -> Tensor:
        anchor, positive, negative = outputs
        distance_positive = (anchor - positive).pow(2).sum(1)
        distance_negative = (anchor - negative).pow(2).sum(1)
        losses = F.relu(distance_positive - distance_negative + self.margin)
        return losses.mean() if size_average else losses.sum()


@brought("cnn")
def triplets_of_l2_embeddings() -> Call:
    """adambielski's siamese-triplet: embeddings divided by their norms"""
    return call(TripletNet(EmbeddingNet()), tuple(torch.rand(3, 1, 6, 6) for _ in range(3)), None, TripletLoss(1.0))


class SimCLR(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.projection = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.projection(self.backbone(x))


def info_nce_loss(features: Tensor, target: Any, n_views: int = 2, temperature: float = 0.07) -> Tensor:
    batch_size = features.shape[0] // n_views
    labels = torch.cat([torch.arange(batch_size) for i in range(n_views)], dim=0)
    labels = (labels.unsqueeze(0) == labels.unsqueeze(1)).float()
    features = F.normalize(features, dim=1)
    similarity_matrix = torch.matmul(features, features.T)
    mask = torch.eye(labels.shape[0], dtype=torch.bool)
    labels = labels[~mask].view(labels.shape[0], -1)
    similarity_matrix = similarity_matrix[~mask].view(similarity_matrix.shape[0], -1)
    positives = similarity_matrix[labels.bool()].view(labels.shape[0], -1)
    negatives = similarity_matrix[~labels.bool()].view(similarity_matrix.shape[0], -1)
    logits = torch.cat([positives, negatives], dim=1)
    labels = torch.zeros(logits.shape[0], dtype=torch.long)
    logits = logits / temperature
    return F.cross_entropy(logits, labels)


@brought("cnn")
def sim_clr() -> Call:
    """sthalles' SimCLR: the similarities chosen by masks of the diagonal and of the positives"""
    return call(SimCLR(), torch.rand(6, 3, 5, 5), None, info_nce_loss)


class CenterLoss(nn.Module):
    def __init__(self, num_classes: int = 3, feat_dim: int = 2) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.centers = torch.randn(num_classes, feat_dim)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        batch_size = x.size(0)
        centers = self.centers.to(x.dtype)
        distmat = (
            torch.pow(x, 2).sum(dim=1, keepdim=True).expand(batch_size, self.num_classes)
            + torch.pow(centers, 2).sum(dim=1, keepdim=True).expand(self.num_classes, batch_size).t()
        )
        distmat.addmm_(x, centers.t(), beta=1, alpha=-2)
        classes = torch.arange(self.num_classes).long()
        labels = labels.unsqueeze(1).expand(batch_size, self.num_classes)
        mask = labels.eq(classes.expand(batch_size, self.num_classes))
        dist = distmat * mask.float()
        return dist.clamp(min=1e-12, max=1e12).sum() / batch_size


@brought("cnn")
def center_loss() -> Call:
    """KaiyangZhou's centre loss with fixed centres on small features"""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.PReLU(), nn.MaxPool2d(2, 2), nn.Flatten(), nn.Linear(8, 2), nn.PReLU())
    return call(model, torch.rand(4, 1, 6, 6), classes(3, 4), CenterLoss())
