"""Whether each function of one number meets numbers that it is defined for: not a logarithm of 0, nor a root below."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from sympy import Expr

from symconv.array import Array
from symconv.derivation.tensors import original
from symconv.derivation.traits import Domain, domains
from symconv.errors import Fault, refuse
from symconv.evaluation.arithmetic import AnyNumber, wide
from symconv.evaluation.places import Tensor
from symconv.networks.fields import place_of_entry
from symconv.worked.stages import Stage

SHOWN = 3  # numbers outside of one layer's domain
LONG = 12  # signs


def require(stage: Stage, known: Mapping[str, Array | Tensor]) -> None:
    """SpecError where the function of a stage is not defined for a number that it reads; it names the first of them."""
    refuse(
        fault for tensor, where in domains(stage.operation).items() for fault in _faults(stage, tensor, where, known)
    )


def _faults(stage: Stage, tensor: str, where: Domain, known: Mapping[str, Array | Tensor]) -> Iterator[Fault]:
    read = known[tensor]
    numbers = read.array.map(_plain) if isinstance(read, Tensor) else read
    wrong = [(at, x) for at, x in numbers.items() if not where.holds(wide(x))]
    name, more = original(tensor), f", and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    said = [f"{name}{place_of_entry(at)} = {_shown(x)}" for at, x in wrong[:SHOWN]]
    problem = f"reads {', '.join(said)}{more}; {stage.kind} has a value and a derivative for numbers {where.words} only"
    remedy = f"give other numbers, or put a layer before it that makes such ones ({where.remedy})"
    if wrong:
        yield Fault(f'{stage.kind} "{stage.output}"', problem, remedy)


def _plain(x: AnyNumber) -> AnyNumber:
    """A fraction of Python's integers, where it may be one of NumPy's."""
    return Fraction(int(x.numerator), int(x.denominator)) if isinstance(x, Fraction) else x


def _shown(x: AnyNumber) -> str:
    """A number as it is where that is short, else rounded."""
    if isinstance(x, Expr) and x.is_Rational:
        x = Fraction(int(x.p), int(x.q))
    text = str(x)
    return text if isinstance(x, int | Fraction) and len(text) <= LONG else f"{float(wide(x)):.6g}"
