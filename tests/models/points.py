"""What is no image and no text: clouds of points, graphs, categories, as repositories write them."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.models.brought import Call, Tensor, brought, call, classes


class STNkd(nn.Module):
    def __init__(self, k: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(k, 4, 1)
        self.bn1 = nn.BatchNorm1d(4)
        self.fc3 = nn.Linear(4, k * k)
        self.k = k

    def forward(self, x: Tensor) -> Tensor:
        batchsize = x.size()[0]
        x = F.relu(self.bn1(self.conv1(x)))
        x = torch.max(x, 2, keepdim=True)[0]
        x = x.view(-1, 4)
        iden = (
            torch.from_numpy(np.eye(self.k).flatten().astype(np.float32)).view(1, self.k * self.k).repeat(batchsize, 1)
        )
        x = self.fc3(x) + iden
        return x.view(-1, self.k, self.k)


class PointNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stn = STNkd()
        self.conv1 = nn.Conv1d(3, 4, 1)
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        trans = self.stn(x)
        x = x.transpose(2, 1)
        x = torch.bmm(x, trans)
        x = x.transpose(2, 1)
        x = F.relu(self.conv1(x))
        x = torch.max(x, 2, keepdim=True)[0]
        return F.log_softmax(self.fc(x.view(-1, 4)), dim=1), trans


def feature_transform_regularizer(trans: Tensor) -> Tensor:
    d = trans.size()[1]
    eye = torch.eye(d)[None, :, :]
    return torch.mean(torch.norm(torch.bmm(trans, trans.transpose(2, 1)) - eye, dim=(1, 2)))


@brought("attention")
def point_net_of_fxia22() -> Call:
    """fxia22's PointNet: a transform with the identity of numpy, regularised by a norm over two axes"""

    def loss(outputs: tuple[Tensor, Tensor], target: Tensor) -> Tensor:
        return F.nll_loss(outputs[0], target) + 0.001 * feature_transform_regularizer(outputs[1])

    return call(PointNet(), torch.randn(2, 3, 5), classes(3, 2), loss)


class GraphAttentionLayer(nn.Module):
    def __init__(self, in_features: int, out_features: int, alpha: float, concat: bool = True) -> None:
        super().__init__()
        self.out_features, self.concat = out_features, concat
        self.W = nn.Parameter(torch.empty(size=(in_features, out_features)))
        nn.init.xavier_uniform_(self.W.data, gain=1.414)
        self.a = nn.Parameter(torch.empty(size=(2 * out_features, 1)))
        nn.init.xavier_uniform_(self.a.data, gain=1.414)
        self.leakyrelu = nn.LeakyReLU(alpha)

    def forward(self, h: Tensor, adj: Tensor) -> Tensor:
        Wh = torch.mm(h, self.W)
        e = self._prepare_attentional_mechanism_input(Wh)
        zero_vec = -9e15 * torch.ones_like(e)
        attention = torch.where(adj > 0, e, zero_vec)
        attention = F.softmax(attention, dim=1)
        h_prime = torch.matmul(attention, Wh)
        return F.elu(h_prime) if self.concat else h_prime

    def _prepare_attentional_mechanism_input(self, Wh: Tensor) -> Tensor:
        Wh1 = torch.matmul(Wh, self.a[: self.out_features, :])
        Wh2 = torch.matmul(Wh, self.a[self.out_features :, :])
        return self.leakyrelu(Wh1 + Wh2.T)


class GAT(nn.Module):
    def __init__(self, nfeat: int, nhid: int, nclass: int, nheads: int) -> None:
        super().__init__()
        self.attentions = [GraphAttentionLayer(nfeat, nhid, 0.2, concat=True) for _ in range(nheads)]
        for i, each in enumerate(self.attentions):
            self.add_module(f"attention_{i}", each)
        self.out_att = GraphAttentionLayer(nhid * nheads, nclass, 0.2, concat=False)

    def forward(self, x: Tensor, adj: Tensor) -> Tensor:
        x = torch.cat([att(x, adj) for att in self.attentions], dim=1)
        x = F.elu(self.out_att(x, adj))
        return F.log_softmax(x, dim=1)


@brought("attention")
def graph_attention_of_diego999() -> Call:
    """Diego999's pyGAT: heads in a plain list, edges by where, a loss on the nodes of training only"""
    adj = torch.eye(4) + torch.tensor([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    idx_train = torch.tensor([0, 1, 3])

    def loss(output: Tensor, labels: Tensor) -> Tensor:
        return F.nll_loss(output[idx_train], labels[idx_train])

    return call(GAT(3, 2, 2, 2), (torch.rand(4, 3), adj), classes(2, 4), loss)


class FeaturesLinear(nn.Module):
    def __init__(self, field_dims: list[int], output_dim: int = 1) -> None:
        super().__init__()
        self.fc = nn.Embedding(sum(field_dims), output_dim)
        self.bias = nn.Parameter(torch.zeros((output_dim,)))
        self.offsets = np.array((0, *np.cumsum(field_dims)[:-1]), dtype=np.int64)

    def forward(self, x: Tensor) -> Tensor:
        x = x + x.new_tensor(self.offsets).unsqueeze(0)
        return torch.sum(self.fc(x), dim=1) + self.bias


class DeepFM(nn.Module):
    def __init__(self, field_dims: list[int], embed_dim: int = 2, mlp_dims: Any = (4,), dropout: float = 0.2) -> None:
        super().__init__()
        self.linear = FeaturesLinear(field_dims)
        self.embedding = nn.Embedding(sum(field_dims), embed_dim)
        nn.init.xavier_uniform_(self.embedding.weight.data)
        self.embed_output_dim = len(field_dims) * embed_dim
        layers: list[nn.Module] = []
        input_dim = self.embed_output_dim
        for each in mlp_dims:
            layers += [nn.Linear(input_dim, each), nn.BatchNorm1d(each), nn.ReLU(), nn.Dropout(p=dropout)]
            input_dim = each
        self.mlp = nn.Sequential(*layers, nn.Linear(input_dim, 1))

    def forward(self, x: Tensor) -> Tensor:
        embed_x = self.embedding(x + x.new_tensor(self.linear.offsets).unsqueeze(0))
        square_of_sum = torch.sum(embed_x, dim=1) ** 2
        sum_of_square = torch.sum(embed_x**2, dim=1)
        fm = 0.5 * torch.sum(square_of_sum - sum_of_square, dim=1, keepdim=True)
        x = self.linear(x) + fm + self.mlp(embed_x.view(-1, self.embed_output_dim))
        return torch.sigmoid(x.squeeze(1))


@brought("mlp")
def deep_fm_of_rixwew() -> Call:
    """rixwew's DeepFM: offsets of numpy added to indices, square of the sum less sum of the squares"""
    return call(DeepFM([3, 4, 2]).eval(), torch.tensor([[0, 3, 1], [2, 1, 0]]), torch.tensor([1.0, 0.0]), nn.BCELoss())
