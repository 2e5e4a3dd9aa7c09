"""Who reads what: sources, names, cycles, dead ends; and what is not said where a layer could not be read."""

from collections.abc import Sequence

import pytest

from symconv.networks.layers.layers import Add, BatchNorm, Cat, Conv, Relu
from symconv.networks.network import Layer, Parameter
from symconv.networks.wiring import Reads, name_faults, reads, source_faults, tensors

X = Parameter.of("X", [[1, 2], [3, 4]])
CONV = Conv("S", Parameter.of("U", [[1]]), Parameter.of("b", 1))
Layers = Sequence[Layer | None]


def test_a_layer_reads_the_one_before_it_or_the_one_it_names() -> None:
    layers = (CONV, Relu("P", input="X"), Add("A", "S"), Add("B", "X", "P"))
    assert reads(X, layers) == (Reads(0), Reads(0), Reads(2, (1,)), Reads(2, (0,)))


def test_a_layer_may_read_several_tensors_or_one_several_times() -> None:
    layers = (CONV, Cat("C", ("X", "S"), 0), Cat("D", ("X", "C", "nobody"), 0, input="S"), Add("A", weight=X))
    assert reads(X, layers) == (Reads(0), Reads(1, (0, 1)), Reads(1, (0, 2, None)), Reads(3))
    assert Reads(1, (0, None)).all == (1, 0, None)
    found = [str(fault) for fault in source_faults(X, layers[:3], complete=True)]
    assert found == ['layers[2].others[2]: "nobody" names no tensor\n  give one of X, S, C']


def test_what_cannot_be_read_is_unknown() -> None:
    layers = (Relu("P", input="A"), None, Add("A", "U", "nobody"), Relu("Q", input="Q"))
    assert reads(X, layers) == (Reads(None), Reads(1), Reads(None, (None,)), Reads(None))
    assert reads(None, (Relu("P"), Relu("Q", input="X"))) == (Reads(0), Reads(None))


def test_every_name_is_listed_in_forward_order() -> None:
    norm = BatchNorm("n", bias=Parameter.of("c", [1]))
    assert [tensor.name for tensor in tensors(X, (CONV, None, norm))] == [
        *("X", "U", "b", "S", "c", "n.mean", "n.variance", "n")
    ]
    assert norm.on_the_way() == ("n.mean", "n.variance")
    given = BatchNorm("n", mean=Parameter.of("m", [1]), variance=Parameter.of("v", [1]))
    assert [tensor.name for tensor in tensors(None, (given,))] == ["m", "v", "n"]


@pytest.mark.parametrize(
    ("layers", "faults"),
    [
        ((CONV, Relu("X")), ['layers[1].name: "X" already names input']),
        ((CONV, Relu("U")), ['layers[1].name: "U" already names layers[0].weight']),
        ((Conv("b", CONV.weight, CONV.bias),), ['layers[0].name: "b" already names layers[0].bias']),
        ((BatchNorm("n"), Relu("n.mean")), ['layers[1].name: "n.mean" already names a statistic of layers[0]']),
        ((Relu("n.mean"), BatchNorm("n")), ['layers[1].name: "n.mean" already names layers[0]']),
        ((Relu("P"), None, Relu("P")), ['layers[2].name: "P" already names layers[0]']),
    ],
)
def test_two_tensors_never_share_a_name(layers: Layers, faults: list[str]) -> None:
    assert [f"{fault.place}: {fault.problem}" for fault in name_faults(X, layers)] == faults


@pytest.mark.parametrize(
    ("layers", "complete", "faults"),
    [
        ((CONV, Relu("P", input="X"), Add("A", "S")), True, []),
        ((CONV, Add("A", "A")), True, ['layers[1].other: "A" would make a cycle: it is its own output']),
        (
            (CONV, Relu("P", input="Q"), Relu("Q")),
            True,
            ['layers[1].input: "Q" would make a cycle: it is computed later'],
        ),
        ((CONV, Relu("P", input="b")), True, ['layers[1].input: "b" is layers[0].bias, no output of a layer']),
        ((CONV, Relu("P", input="s")), True, ['layers[1].input: "s" names no tensor']),
        ((CONV, Relu("P", input="X"), Relu("Q")), True, ['layers[0] (conv "S"): nothing reads it']),
        (
            (CONV, Add("A", "r", "q")),
            True,
            ['layers[1].input: "q" names no tensor', 'layers[1].other: "r" names no tensor'],
        ),
        # a layer that could not be read may have had the name, or may have read the output
        ((None, Relu("P", input="s")), False, []),
        ((CONV, None, Relu("P", input="X")), False, []),
        ((None, Relu("P", input="P")), False, ['layers[1].input: "P" would make a cycle: it is its own output']),
        ((CONV, None, Relu("P", input="U")), False, ['layers[2].input: "U" is layers[0].weight, no output of a layer']),
    ],
)
def test_every_name_leads_to_an_earlier_output(layers: Layers, complete: bool, faults: list[str]) -> None:
    assert [f"{fault.place}: {fault.problem}" for fault in source_faults(X, layers, complete)] == faults


def test_the_remedy_lists_what_could_be_read() -> None:
    def remedy(name: str, count: int) -> str:
        layers = (*(Relu(f"layer{k}") for k in range(count)), Relu("last", input=name))
        (fault,) = source_faults(X, layers, complete=True)
        return fault.remedy

    assert remedy("Q", 0) == "give X"
    assert remedy("Q", 2) == "give one of X, layer0, layer1"
    assert remedy("Q", 20) == "give an earlier layer's name"
    assert remedy("lyer1", 2) == 'did you mean "layer1"?'
