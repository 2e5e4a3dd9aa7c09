"""What else than an entry stands in a product gets a name, and keeps its meaning."""

import pytest
from sympy import Pow, cos, exp, log, symbols

from symconv.code.pieces import Applied, Exponentials, Largest, Pieces
from symconv.derivation.index import Entry, MaxOver, Sum, Winner, extent, index, relu, step
from symconv.errors import NotSupported

k, m, i, a = (index(x) for x in "kmia")
M = extent("M")
z = Entry("z", k)


def pieces() -> Pieces:
    return Pieces(frozenset({k, m, i, a}))


def test_an_entry_is_itself() -> None:
    known = pieces()
    assert known.entry(z) == z and known.known == {}


@pytest.mark.parametrize(("function", "text"), [(relu, "torch.relu({})"), (step, "({} > 0)"), (exp, "torch.exp({})")])
def test_a_function_of_an_entry_is_called_on_the_tensor(function: type, text: str) -> None:
    known = pieces()
    name = f"{function.__name__}(z)"
    assert known.entry(function(z)) == Entry(name, k)
    assert known.known == {name: Applied(z, text)}


def test_a_maximum_is_known_for_the_indices_that_are_not_bound() -> None:
    known = pieces()
    x = Entry("X", 2 * i + a)
    assert known.entry(MaxOver(x, 1, (a, 2))) == Entry("max(X)", i)
    assert isinstance(known.known["max(X)"], Largest)


def test_a_winner_is_asked_for_at_an_index() -> None:
    known = pieces()
    x = Entry("X", 2 * i + a)
    assert known.entry(Winner(x, 1, (m,), (a, 2))) == Entry("winner(X)", i, m)
    with pytest.raises(NotSupported, match="at a place that is no index"):
        known.entry(Winner(x, 1, (m + 1,), (a, 2)))


def test_the_logarithm_of_a_sum_of_exponentials_has_a_name() -> None:
    known = pieces()
    assert known.entry(log(Sum(exp(Entry("z", m)), (m, M)))) == Entry("logsumexp(z)")
    assert known.known == {"logsumexp(z)": Exponentials(Entry("z", m), m, "logsumexp")}
    with pytest.raises(NotSupported, match=r"log of .* has no code yet"):
        known.entry(log(Sum(Entry("z", m), (m, M))))


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
    known.entry(MaxOver(Entry("X", 2 * i + a), 1, (a, 2)))
    with pytest.raises(NotSupported, match="stands for two things"):
        known.entry(MaxOver(Entry("X", i + a), 1, (a, 2)))


def test_what_has_no_code_is_said_with_what_has() -> None:
    with pytest.raises(NotSupported, match="has no code yet: there are sums of products of entries, and relu"):
        pieces().entry(cos(symbols("x")))
