"""An operation under other names says the same."""

from sympy import Symbol

from symconv.derivation.derive import gradients
from symconv.derivation.equations import conv
from symconv.derivation.renamed import renamed
from symconv.verification.verify import verify


def test_names_and_letters_are_exchanged() -> None:
    plain = conv(1, batch=False)
    made = renamed(plain, {"Y": "o", "X": "j", "K": "W"}, taken=("kw", "c"))
    assert made.operands == ("j", "W", "bias") and made.output == "o"
    letters = {s.name for s in made.equation.value.atoms(Symbol)} | {s.name for s in made.sizes}
    assert not letters & {"o", "j", "W", "kw", "c"}
    assert len(letters) == len({s.name for s in plain.equation.value.atoms(Symbol)} | {s.name for s in plain.sizes})
    assert verify(made, gradients(made), {})


def test_without_new_names_it_is_the_same() -> None:
    plain = conv(1)
    assert renamed(plain, {"Y": "Y"}) is plain
