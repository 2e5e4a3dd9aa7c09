"""Errors: the message lists place, value and what would work."""

import pytest

from symconv.errors import SHOWN, Broken, Fault, NotSupported, SpecError, SymconvError, refuse


def test_nothing_wrong_is_no_error() -> None:
    refuse([])


def test_every_fault_is_in_the_message() -> None:
    with pytest.raises(SpecError) as caught:
        refuse([Fault("a", "3 is odd", "give 2"), Fault("b[0]", "no")], "net.toml")
    assert str(caught.value) == "net.toml: 2 mistakes\na: 3 is odd\n  give 2\nb[0]: no"


def test_not_supported_only_if_nothing_is_wrong_besides() -> None:
    fair = Fault("a", "later", unsupported=True)
    with pytest.raises(NotSupported):
        refuse([fair, fair])
    with pytest.raises(SpecError):
        refuse([fair, Fault("b", "wrong")])


def test_a_long_list_is_cut_but_counted() -> None:
    with pytest.raises(SpecError) as caught:
        refuse([Fault(f"[{k}]", "no") for k in range(SHOWN + 7)])
    assert str(caught.value).endswith("... and 7 more") and len(caught.value.faults) == SHOWN + 7


@pytest.mark.parametrize("kind", [SpecError, NotSupported, Broken])
def test_a_plain_message_is_its_own_fault(kind: type[SymconvError]) -> None:
    assert kind("m").faults == (Fault("", "m"),) and str(kind("m")) == "m"
