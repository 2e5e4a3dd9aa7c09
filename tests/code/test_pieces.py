"""What else than an entry stands in a product gets a name, and keeps its meaning."""

import pytest
from sympy import Integer, Pow, cosh, exp, log, sqrt

from symconv.code.pieces import Exponentials, Largest, LookupTable, Pieces, PointwisePiece, is_pointwise
from symconv.derivation.functions import relu, step
from symconv.derivation.index import Entry, In, MaxOver, Sum, Winner, extent, index
from symconv.errors import NotSupported

k, m, i, a = (index(x) for x in "kmia")
M, K = extent("M"), extent("K")
z = Entry("z", k)


def pieces() -> Pieces:
    return Pieces((k, m, i, a), {k: K, m: M, i: Integer(3), a: Integer(2)})


def test_an_entry_is_itself() -> None:
    known = pieces()
    assert known.entry(z, z) == z and known.known == {}


@pytest.mark.parametrize(
    ("function", "text"), [(relu, "torch.relu({0})"), (step, "({0} > 0)"), (exp, "torch.exp({0})")]
)
def test_a_function_of_an_entry_is_called_on_the_tensor(function: type, text: str) -> None:
    known = pieces()
    name = f"{function.__name__}(z)"
    assert known.entry(function(z), z) == Entry(name, k)
    assert known.known == {name: PointwisePiece((z,), text)}


def test_a_maximum_is_known_for_the_indices_that_are_not_bound() -> None:
    known = pieces()
    x = Entry("X", 2 * i + a)
    assert known.entry(MaxOver(x, 1, (a, 2)), z) == Entry("max(X)", i)
    assert isinstance(known.known["max(X)"], Largest)


def test_a_winner_is_asked_for_at_an_index() -> None:
    known = pieces()
    x = Entry("X", 2 * i + a)
    assert known.entry(Winner(x, 1, (m,), (a, 2)), z) == Entry("winner(X)", i, m)
    with pytest.raises(NotSupported, match="at a place that is no index"):
        known.entry(Winner(x, 1, (m + 1,), (a, 2)), z)


def test_the_logarithm_of_a_sum_of_exponentials_has_a_name() -> None:
    known = pieces()
    assert known.entry(log(Sum(exp(Entry("z", m)), (m, M))), z) == Entry("logsumexp(z)")
    assert known.known == {"logsumexp(z)": Exponentials(Entry("z", m), m, "logsumexp")}
    with pytest.raises(NotSupported, match=r"log of .* has no code yet"):
        known.entry(log(Sum(Entry("z", m), (m, M))), z)


def test_a_quotient_of_exponentials_is_a_softmax() -> None:
    known = pieces()
    over = Pow(Sum(exp(Entry("z", m)), (m, M)), -1)
    t = Entry("t", k)
    assert known.softmax([t, exp(z), over]) == [Entry("softmax(z)", k), t]
    assert known.softmax([t, exp(z)]) == [t, exp(z)]
    other = Pow(Sum(exp(Entry("y", m)), (m, M)), -1)
    assert known.softmax([exp(z), other]) == [exp(z), other], "of another tensor's sum it is none"


def test_one_name_never_means_two_things() -> None:
    known = pieces()
    known.entry(MaxOver(Entry("X", 2 * i + a), 1, (a, 2)), z)
    with pytest.raises(NotSupported, match="stands for two things"):
        known.entry(MaxOver(Entry("X", i + a), 1, (a, 2)), z)


def test_what_has_no_code_is_said_with_what_has() -> None:
    with pytest.raises(NotSupported, match="has no code yet: there are sums of products of entries, and relu"):
        pieces().entry(cosh(z), z)


def test_an_expression_of_entries_is_one_piece() -> None:
    known, y = pieces(), Entry("y", k)
    made = known.entry(z * (1 - y) ** 2, z)
    assert made.at == (k,)
    (piece,) = known.known.values()
    assert piece == PointwisePiece((z, y), "({0} * (1 - {1})**2)")


def test_what_depends_on_an_index_alone_is_a_table() -> None:
    known = pieces()
    count = Sum(In(2 * i + a - 1, Integer(5)), (a, Integer(2)))
    assert known.entry(1 / count, z).at == (i,)
    (piece,) = known.known.values()
    assert piece == LookupTable(z, i, ("1", "1/2", "1/2"))
    with pytest.raises(NotSupported, match="its numbers are not known"):
        known.entry(1 / Sum(In(m - 1, M), (a, Integer(2))), z)


def test_what_is_one_number_everywhere_is_said_how_to_write() -> None:
    with pytest.raises(NotSupported, match=r"a tensor that is 1 wherever it is read, as x / x.*\n  write it as x - x"):
        pieces().entry(Integer(1), z)


def test_what_is_pointwise() -> None:
    assert is_pointwise(sqrt(z + 1) * relu(z) / 2)
    assert not is_pointwise(Sum(z, (k, K))) and not is_pointwise(cosh(z)) and not is_pointwise(z * In(k, K))
