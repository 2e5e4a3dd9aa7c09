"""Everything that is computed has one source, and stands after what it reads."""

import any_networks
import pytest
from networks import strided, two_kernels

from symconv.networks.network import Network
from symconv.worked.derived import derived
from symconv.worked.sources import sources


@pytest.mark.parametrize("network", [strided(), two_kernels(), any_networks.twice()], ids=lambda n: n.name)
def test_each_comes_after_what_it_reads(network: Network) -> None:
    d = derived(network)
    found, seen = sources(d), set[str]()
    computed = {t for s in d.stages for t in s.operation.outputs} | {f"∂{t}" for t in d.general}
    assert set(found) == computed
    for name, source in found.items():
        assert source.equation.entry.tensor == name and set(source.reads) & computed <= seen
        seen.add(name)


def test_an_equation_reads_what_it_names() -> None:
    found = sources(derived(two_kernels()))
    assert found["C1"].reads == ("conv1.weight", "image")
    assert found["∂conv1.weight"].reads == ("image", "∂C1")
    assert found["∂z"].reads == ("t", "y")
