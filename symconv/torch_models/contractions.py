"""torch's matrix products and einsum as layers, of two tensors, or of one and what the model holds."""

import re
from collections.abc import Callable, Mapping
from string import ascii_lowercase

from symconv.networks.layers.layers import AxisSum, Einsum, Layer, MatMul, Parameter, Permute
from symconv.torch_models.call import Call, Layers, chain, refuse

Second = Mapping[str, str | Parameter]  # the second tensor of a layer: its field, and the name or the numbers
PART = re.compile(r"(?:[A-Za-z]|\.\.\.)*")


def product(call: Call) -> Layers:
    """Rows times columns; what the model holds may stand on either side."""
    if not call.gives:
        refuse("makes one number of two lists, which has no derivation", "multiply them, and sum along an axis")
    second, left = _second(call)
    return MatMul(call.name, input=call.input, left=left, **second)  # type: ignore[arg-type]  # by its field


def outer(call: Call) -> Layers:
    """Every entry of one list times every entry of another."""
    second, left = _second(call)
    return Einsum(call.name, "j,i->ij" if left else "i,j->ij", input=call.input, **second)  # type: ignore[arg-type]


def einsum(call: Call) -> Layers:
    """Its equation with a letter for each axis, also of those that are ... in it, and with an output."""
    equation = call.options["equation"]
    ranks = [len(shape) for shape in call.shapes]
    held = call.parameters.get("other") or call.parameters.get("input")
    second, left = _second(call) if len(ranks) + (held is not None) == 2 else ({}, False)
    if held is not None:
        ranks.insert(0 if left else 1, len(held.value.shape))
    *parts, made = spelt(equation, ranks)
    if not made:
        refuse("makes one number of all, which has no derivation but as the loss", "leave an axis of the output")
    twice = next((part for part in parts if len(set(part)) < len(part)), None)
    if twice is not None:
        refuse(f'"{equation}" has a letter twice in one tensor', "give every axis a letter of its own")
    if len(parts) == 1:
        return _of_one(call, parts[0], made)
    first, other = reversed(parts) if left else parts
    return Einsum(call.name, f"{first},{other}->{made}", input=call.input, **second)  # type: ignore[arg-type]


def _of_one(call: Call, given: str, made: str) -> Layers:
    """A sum along the axes that go, then the others in their order."""
    gone, left = tuple(k for k, x in enumerate(given) if x not in made), [x for x in given if x in made]
    order, steps = tuple(left.index(x) for x in made), list[Callable[[str, str], Layer]]()
    if gone:
        steps.append(lambda name, read: AxisSum(name, gone, input=read))
    if order != tuple(range(len(order))):
        steps.append(lambda name, read: Permute(name, order, read))
    return chain(call, *steps)


def spelt(equation: str, ranks: list[int]) -> list[str]:
    """The letters of each tensor of these ranks and of the output, all small, without ..., and with the output that
    torch means where none is said: the axes of ..., then the letters that stand once, in the alphabet's order."""
    given, arrow, made = equation.replace(" ", "").partition("->")
    parts = given.split(",")
    if not all(map(PART.fullmatch, [*parts, made])):
        refuse(f'"{equation}" is no equation', 'write it as torch has it, "ij,jk->ik"')
    letters = sorted({x for x in given if x.isalpha()})
    if not arrow:
        made = ("..." if "..." in given else "") + "".join(x for x in letters if given.count(x) == 1)
    known = {x: x for x in letters if x in ascii_lowercase}
    free = [x for x in ascii_lowercase if x not in known]
    known |= {x: free.pop() for x in letters if x not in known}
    dots = [n - len(part.replace("...", "")) for part, n in zip(parts, ranks, strict=True) if "..." in part]
    lead = "".join(free.pop() for _ in range(max(dots, default=0)))

    def small(part: str, rank: int) -> str:
        own = part.replace("...", "")
        at = part.find("...")
        written = "".join(known.get(x, "?") for x in own)
        return written if at < 0 else written[:at] + lead[len(lead) - (rank - len(own)) :] + written[at:]

    *whole, out = (*map(small, parts, ranks), small(made, len(lead) + len(made.replace("...", ""))))
    return [*whole, out]


def _second(call: Call) -> tuple[Second, bool]:
    """The second tensor, and whether it stands on the left of the input."""
    if len(call.tensors) == 2:
        return {"other": call.tensors[1]}, False
    left = call.sides == ("other",)
    held = call.parameters["input" if left else "other"]
    return {"weight" if call.learned else "constant": held}, left


RULES: Mapping[str, Callable[[Call], Layers]] = {
    "matmul": product, "outer": outer, "einsum": einsum,
}  # fmt: skip
