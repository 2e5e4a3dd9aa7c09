"""A sum of products as parts: where each product is added, which its deltas say, its factors, conditions and number."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from sympy import Add, Expr, Integer, Mul, Symbol, prod

from symconv.code.pieces import Pieces, is_pointwise
from symconv.code.pointwise import CALLS
from symconv.derivation.index import Delta, Entry, In, Range, expand, spelt, substitute
from symconv.derivation.letters import CANDIDATES, Letters
from symconv.derivation.ranges import implied
from symconv.derivation.sums import products
from symconv.derivation.tensors import is_gradient, without_gradient
from symconv.errors import NotSupported
from symconv.text.notation import content_of

GuardedProduct = tuple[Entry, tuple[Entry, ...], tuple[In, ...], Expr]  # target, factors, conditions, number


@dataclass(frozen=True)
class Names:
    """The identifiers of tensors: of those in `known` theirs, of any other its name, dX for the gradient ∂X."""

    known: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, tensor: str) -> str:
        return self.known.get(tensor) or "d" * is_gradient(tensor) + without_gradient(tensor)


AS_THEY_ARE = Names()


def read(
    entry: Entry, value: Expr, ranges: tuple[Range, ...], derived: tuple[tuple[Symbol, Expr], ...], pieces: Pieces,
    names: Names,
) -> list[GuardedProduct]:  # fmt: skip
    """Each product of the value: where it is added, which its deltas say, and its factors. A subscript of one index may
    run backwards."""
    if value.atoms(Entry) and is_pointwise(value) and not _plain(value):
        at, (whole,) = _bare(entry, [value], names)
        return [(at, (pieces.entry(whole, at),), (), Integer(1))]
    out = []
    for factors, summed in products(value):
        running = [i for i, _ in (*ranges, *summed)]
        place = dict(_place(entry, f, running) for f in factors if isinstance(f, Delta))
        at = Entry(entry.tensor, *(place.get(x, x) for x in entry.at))
        rest = [substitute(f, place) for f in factors if not isinstance(f, Delta)]
        inside = [In(e, dict(ranges)[x]) for x, e in place.items() if x in dict(ranges)]
        if 0 in (*inside, *rest):
            continue  # never inside the tensor
        open_ = [g for g in inside if isinstance(g, In) and g not in rest]  # [0 <= 0 < 2] is 1 at once
        rest += [g for g in open_ if not implied(g, ranges + summed, derived)]
        rest += _times(summed, (at, *rest))
        rest = _apart(at, rest, dict(summed), pieces)
        part = _part(*_bare(at, rest, names), pieces)
        out += [part] if part[-1] != 0 else []  # |X - X|, once the copies have one name
    return out


def _times(summed: tuple[Range, ...], spoken: tuple[Expr, ...]) -> list[Expr]:
    """How often a product is added that its sums run over but do not change: terms know only the indices they hold."""
    idle = [n for i, n in summed if not any(e.has(i) for e in spoken)]
    if unknown := [n for n in idle if not n.is_number]:
        raise NotSupported(f"a product is added {unknown[0]} times over, and code knows numbers only")
    return idle


def _apart(target: Entry, factors: list[Expr], summed: Mapping[Symbol, Expr], pieces: Pieces) -> list[Expr]:
    """The factors with another letter for a summed index a' where a is met as well; it is known from then on."""
    met = {s.name for e in (target, *factors) for s in e.free_symbols}
    letters, new = Letters({*met, *(i.name for i in pieces.indices)}), dict[Expr, Expr]()
    for i, n in summed.items():
        if i.name.endswith("'") and i.name.rstrip("'") in met:
            base = i.name.rstrip("'")
            new[i] = letters.index(base if base in CANDIDATES else "h")
            pieces.add(new[i], n)
    return [substitute(f, new) for f in factors] if new else factors


def _part(target: Entry, factors: list[Expr], pieces: Pieces) -> GuardedProduct:
    """The factors sorted into entries, conditions and a number."""
    guards = tuple(f for f in factors if isinstance(f, In))
    split = [content_of(f) if is_pointwise(f) else (Integer(1), f) for f in factors if f not in guards]
    number = prod([f for pair in split for f in pair if f.is_Rational], start=Integer(1))
    rest = [f for _, f in split if not f.is_Rational]
    _forwards(rest, set(pieces.indices))
    like = next((f for f in rest if isinstance(f, Entry)), target)
    return target, tuple(pieces.entry(f, like) for f in pieces.softmax(rest)), guards, number


def _forwards(factors: Iterable[Expr], indices: Set[Symbol]) -> None:
    subscripts = {e for f in factors for x in f.atoms(Entry) for e in x.at}
    several = [(e, e.free_symbols & indices) for e in subscripts]
    wrong = [e for e, on in several if len(on) > 1 and any(e.coeff(i, 1).is_negative for i in on)]
    if wrong := sorted(wrong, key=spelt):
        raise NotSupported(f"the subscript {wrong[0]} runs backwards, which neither a slice nor a strided view can")


def _plain(value: Expr) -> bool:
    """Whether a value is a sum of products of entries, or one function of an entry: lines that need no expression."""
    return type(value) in CALLS or all(
        all(isinstance(f, Entry) or f.is_Rational or f.is_Function for f in Mul.make_args(a)) and a.atoms(Entry)
        for a in Add.make_args(value)
    )


def _place(entry: Entry, delta: Delta, indices: Iterable[Symbol]) -> tuple[Expr, Expr]:
    """(h, e) for [h = e], where h is a subscript of the entry and e runs forwards with every index, or has one."""
    found = solved(entry, delta)
    on = [i for i in indices if found is not None and found[1].has(i)]
    if found is None or (len(on) > 1 and any(found[1].coeff(i, 1).is_negative for i in on)):
        raise NotSupported(f"{delta} does not say where in {entry.tensor} a product is added, going forwards")
    return found


def solved(entry: Entry, delta: Delta) -> tuple[Expr, Expr] | None:
    """The delta solved for a subscript of the entry, composed or with coefficient one; None where it has none."""
    spoken = [x for x in entry.at if not x.is_number]
    for x, e in (delta.args, delta.args[::-1]):
        if x in spoken:
            return x, e
    difference = expand(delta.args[0] - delta.args[1])
    for x in (x for x in spoken if x.is_Symbol):
        c = difference.coeff(x, 1)
        if c in (1, -1) and not (difference - c * x).has(x):
            return x, expand(x - c * difference)
    return None


def _bare(target: Entry, factors: list[Expr], names: Names) -> tuple[Entry, list[Expr]]:
    """The same with identifiers for names: dX for ∂X, a for a' where no a is in the way."""
    used = {s for e in (target, *factors) for s in e.free_symbols}
    taken = {s.name for s in used}
    bare = {s: Symbol(s.name.rstrip("'"), **s.assumptions0) for s in used if s.name.endswith("'")}
    if {s.name for s in bare.values()} & taken or len(set(bare.values())) < len(bare):
        raise NotSupported(f"{target} += ... needs indices with marks ({', '.join(sorted(taken))}), which code has not")
    target, *rest = (substitute(e, bare) for e in (target, *factors))
    named = [e.replace(lambda x: isinstance(x, Entry), lambda x: Entry(names(x.tensor), *x.at)) for e in rest]
    return Entry(names(target.tensor), *target.at), named
