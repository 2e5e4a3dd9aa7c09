"""The convolution for any sizes: its gradients hold, and at stride one dL/dX is a full convolution."""

from dataclasses import replace

from sympy import Symbol

from symconv.derivation.index import Div, Entry, Sum, rebuild
from symconv.derivation.scopes import canonical
from symconv.worked.textbook import Textbook, at_stride_one, full_convolution, textbook

BOOK = textbook()


def test_every_step_holds() -> None:
    report = BOOK.verify()
    steps = sum(len(d.steps) for d in (BOOK.kernel, BOOK.bias, BOOK.rotated))
    assert report and report.checked == report.by_kind["symbols"] == steps


def test_the_flipped_gradient_goes_on_from_the_plain_one() -> None:
    assert BOOK.rotated.steps[:-1] == BOOK.input.steps
    assert BOOK.rotated.steps[-1].rule == "flip"
    assert canonical(BOOK.rotated.equation.value) != canonical(BOOK.input.equation.value)


def test_the_input_gradient_asks_whether_the_stride_divides() -> None:
    assert len(BOOK.input.equation.value.atoms(Div)) == 2


def test_at_stride_one_nothing_divides() -> None:
    plain = at_stride_one(BOOK.input.equation.value, BOOK.operation)
    assert not plain.atoms(Div)
    assert not {"sh", "sw", "dh", "dw"} & {s.name for s in plain.atoms(Symbol)}


def test_at_stride_one_it_is_a_full_convolution_with_the_flipped_kernel() -> None:
    assert full_convolution(BOOK)


def with_last_line(change: dict[object, object]) -> Textbook:
    last = BOOK.rotated.steps[-1]
    wrong = replace(last, after=rebuild(last.after, change))
    return replace(BOOK, rotated=replace(BOOK.rotated, steps=(*BOOK.rotated.steps[:-1], wrong)))


def test_a_wrong_gradient_is_no_full_convolution_and_does_not_verify() -> None:
    value = BOOK.rotated.equation.value
    (kernel,) = (x for x in value.atoms(Entry) if x.tensor == "K")
    total = next(iter(value.atoms(Sum)))
    a, b = total.bound
    unrotated = with_last_line({kernel: Entry("K", a, b)})
    padding = next(s for s in value.free_symbols if s.name == "pt")
    shifted = with_last_line({padding: padding + 1})
    for wrong in (unrotated, shifted):
        assert not full_convolution(wrong)
        assert not wrong.verify()


def test_the_book_is_written_once() -> None:
    assert textbook() is BOOK
