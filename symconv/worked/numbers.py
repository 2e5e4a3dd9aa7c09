"""The same equations with the network's own numbers, exact: values forward, gradients backward, one step down."""

import math
from collections.abc import Mapping
from fractions import Fraction

from sympy import ZZ, Add, E, Expr, Float, Integer, Pow, Rational, Symbol, exp, expand, log
from sympy.polys.fields import field
from sympy.polys.rings import PolyElement

from symconv.array import Array, Tensors
from symconv.derivation.derivation import Derivation
from symconv.derivation.index import Entry
from symconv.derivation.operation import Equation
from symconv.derivation.tensors import gradient
from symconv.evaluation.arithmetic import LONG, Exact, ManyDigits, Numbers, Symbolic, long
from symconv.evaluation.evaluate import World
from symconv.evaluation.kinds import OneByOne
from symconv.evaluation.rounded import Rounding, off_by, rounded
from symconv.networks.network import Network, given_of, target
from symconv.worked import domains
from symconv.worked.stages import LOSS, TARGET, Stage


def fractions(network: Network) -> dict[str, Array]:
    """All that is given, and the target, where there is one."""
    compared = target(network)
    given = {name: p.value for name, p in given_of(network).items()}
    return given if compared is None else {**given, TARGET: compared}


def given(network: Network) -> dict[str, Array]:
    """The same, as SymPy numbers."""
    return {t: a.map(number) for t, a in fractions(network).items()}


def number(x: Fraction) -> Expr:
    """As a SymPy number."""
    return Rational(x.numerator, x.denominator)


def forward(stages: tuple[Stage, ...], tensors: Tensors, numbers: Numbers | None = None) -> dict[str, Array]:
    """The given tensors and every layer's output, y and L with them; exactly, or in other `numbers`."""
    known = dict(tensors)
    for stage in stages:
        domains.require(stage, known)
        for equation in stage.operation.equations:
            known[equation.entry.tensor] = _table(stage, equation, equation.entry.tensor, known, numbers)
    return known


def backward(
    stages: tuple[Stage, ...], derivations: Mapping[str, Derivation], values: Tensors, numbers: Numbers | None = None
) -> dict[str, Array]:
    """dL/d(tensor) for every tensor with a derivation, from the loss back to the input; keys are tensor names."""
    known = dict(values)
    found: dict[str, Array] = {}
    for stage in reversed(stages):
        for tensor in stage.operation.operands:
            if tensor in derivations and (stage.output == LOSS or set(stage.operation.outputs) <= set(found)):
                found[tensor] = _table(stage, derivations[tensor].equation, tensor, known, numbers)
                known[gradient(tensor)] = found[tensor]
    return found


def _table(stage: Stage, equation: Equation, tensor: str, known: Tensors, numbers: Numbers | None) -> Array:
    """Exact numbers in their neat form; rounded ones with many digits, and 0 for what has cancelled."""
    if numbers is None:
        world = World(dict(stage.sizes), known, kind=OneByOne(Exact()))
        world.define(equation, stage.operation.shape(tensor))
        return world.tensor(equation.entry.tensor).array.map(neat)
    read = {x.tensor for x in equation.value.atoms(Entry)}
    world = World(dict(stage.sizes), {t: known[t].map(_kept) for t in read}, kind=OneByOne(numbers))
    world.define(equation, stage.operation.shape(tensor))
    return world.tensor(equation.entry.tensor).array.map(_shown)


def _kept(x: Symbolic) -> ManyDigits:
    """A whole number is one among rounded ones too, as its sums and products with others are."""
    return int(x) if isinstance(x, int | Integer) else long(x)


def _shown(x: ManyDigits) -> Expr:
    if type(x) is int:  # what a condition is, whatever it asks of, and what is computed of whole numbers
        return Integer(x)
    x = long(x)
    return Float(x._mpf_, LONG.dps) if x else Integer(0)


def update(parameters: tuple[str, ...], values: Tensors, gradients: Tensors, rate: Fraction) -> dict[str, Array]:
    """Each parameter after one step against its gradient."""
    return {p: _moved(values[p], gradients[p], rate) for p in parameters}


def _moved(value: Array, slope: Array, rate: Fraction) -> Array:
    return Array(value.shape, tuple(step(value, slope, rate, k) for k in range(len(value.entries))))


def step(value: Array, slope: Array, rate: Fraction, k: int) -> Expr:
    """The k-th entry of a parameter after that step."""
    return neat(value.entries[k] - number(rate) * slope.entries[k])


# ------------------------------------------------------------------------------------------------ numbers
ONE = {exp(Integer(0), evaluate=False): Integer(1)}  # as it may stand in an expression


def neat(x: Symbolic) -> Expr:
    """One form for a rational function of powers of e, or for the log of one plus a rational; else x as it is.

    The least power in every factor is 1: e/(e + e^2) is 1/(1 + e), and log(e + e^2) - 1 is log(1 + e).
    """
    if isinstance(x, int | Fraction):
        return number(Fraction(x))
    x = x.xreplace(ONE)
    logs = sorted(x.atoms(log), key=str)
    if len(logs) == 1 and (x - logs[0]).is_Rational:
        return log(expand(neat(expand(logs[0].args[0] * exp(x - logs[0])))))
    exponents = {p.args[0] for p in x.atoms(exp)} | ({Integer(1)} if x.has(E) else set())
    roots = any(not p.exp.is_Integer for p in x.atoms(Pow))  # e to a part of a log is one
    if logs or roots or not exponents or not all(q.is_Rational for q in exponents):
        return x
    powers = _monomials(exponents)
    letters = {t: q for q, t in powers.items() if t.is_Symbol}
    quotients, *_ = field(tuple(letters), ZZ)
    reduced = quotients.from_expr(x.xreplace({exp(q): power for q, power in powers.items()}))
    (p, above), (q, below) = (_factors(part, tuple(letters.values())) for part in (reduced.numer, reduced.denom))
    return p / q * (above / below)


def _monomials(exponents: set[Expr]) -> dict[Expr, Expr]:
    """A symbol for e^q, or the product of two that stand for e^p and e^(q-p) where p and q - p are there already."""
    known: dict[Expr, Expr] = {}
    for q in sorted(exponents, key=lambda q: (abs(q), q)):
        parts = next((known[p] * known[q - p] for p in known if q - p in known), None)
        known[q] = Symbol(f"t{len(known)}", positive=True) if parts is None else parts
    return known


def _factors(polynomial: PolyElement, exponents: tuple[Expr, ...]) -> tuple[Expr, Expr]:
    """The polynomial, its letters standing for these powers of e, as a number and a product of sums of powers of e."""
    content, factors = _square_free(polynomial)
    coefficient, product = Integer(int(content)), Integer(1)
    for factor, times in factors:
        terms: dict[Expr, int] = {}
        for degrees, c in factor.terms():  # two monomials may stand for one power of e
            q = sum((n * q for n, q in zip(degrees, exponents, strict=True)), Integer(0))
            terms[q] = terms.get(q, 0) + int(c)
        terms = {q: c for q, c in terms.items() if c != 0} or {Integer(0): 0}
        least = min(terms)
        sign = 1 if terms[least] > 0 else -1
        body = Add(*(sign * c * exp(q - least) for q, c in terms.items()))
        coefficient *= sign**times
        product *= exp(least * times) * body**times
    return coefficient, product


def _square_free(polynomial: PolyElement) -> tuple[int, list[tuple[PolyElement, int]]]:
    """A number and square-free factors with their powers. One that has no letter twice is square-free, and the sums of
    all scores' powers of e are such: to look for squares in many letters takes no end."""
    if any(n > 1 for degrees in polynomial.itermonoms() for n in degrees) or not polynomial:
        content, factors = polynomial.sqf_list()
        return int(content), list(factors)
    content, primitive = polynomial.primitive()
    return int(content), [(primitive, 1)]


def fixed(x: Expr, digits: int = 4) -> str:
    """x with so many decimals, rounded half to even: the same text on every machine."""
    q = x if x.is_Rational else _nearly(x.evalf(digits + 30), digits)
    scaled = abs(q) * 10**digits
    whole = int(scaled)
    rest = scaled - whole
    whole += int(bool(rest > Rational(1, 2)) or (rest == Rational(1, 2) and whole % 2 == 1))
    text = str(whole).rjust(digits + 1, "0")
    sign = "-" if q < 0 and whole else ""
    return sign + (text[:-digits] + "." + text[-digits:] if digits else text)


def _nearly(x: Expr, digits: int) -> Expr:
    """A float as a fraction; 0 where all its decimals are 0, as its denominator may be of any length."""
    return Rational(x) if not x.is_Float or abs(x) > Float(10) ** -(digits + 2) else Integer(0)


# ------------------------------------------------------------------------------------------------ rounding
def losses(stages: tuple[Stage, ...], derivations: Mapping[str, Derivation], network: Network) -> dict[str, Array]:
    """How much float64 may lose of every value and of every gradient (under its own name, ∂S), computed by the same
    formulas, their sums in any order. Infinite where a comparison hangs on rounding, and beyond float64."""
    known = {t: a.map(rounded) for t, a in fractions(network).items()}
    for stage in stages:
        for equation in stage.operation.equations:
            known = _rounded(stage, equation, equation.entry.tensor, known)
    for stage in reversed(stages):
        for tensor in stage.operation.operands:
            if tensor in derivations and (stage.output == LOSS or gradient(stage.output) in known):
                known = _rounded(stage, derivations[tensor].equation, tensor, known)
    return {t: a.map(lambda x: float(x.bound)) for t, a in known.items()}


def _rounded(stage: Stage, equation: Equation, tensor: str, known: Tensors) -> dict[str, Array]:
    number = Rounding()
    world = World(dict(stage.sizes), known, kind=OneByOne(number))
    world.define(equation, stage.operation.shape(tensor))
    name = equation.entry.tensor
    settled = world.tensor(name).array.map(lambda x: rounded(x).finished)
    lost = settled.map(lambda x: off_by(x.v, math.inf)) if number.undecided else settled
    return {**known, name: lost}
