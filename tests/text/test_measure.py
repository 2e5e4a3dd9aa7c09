"""Estimated widths: they grow with the text."""

from symconv.text.measure import width


def test_the_width_of_text_grows_with_it() -> None:
    assert width("卷积", 8) > width("ab", 8) > width("a", 8) > 0
    assert width(r"$\tfrac{1}{2}$", 8) < width("$1/2$", 8)
