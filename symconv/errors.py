"""Three kinds of error, by whose fault it is; each message gives the place, the value and what would work."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

SHOWN = 100  # a file of ten thousand wrong numbers gets a message one can still read


@dataclass(frozen=True)
class Fault:
    """One mistake: where it is, what is wrong with which value, and what would work."""

    place: str
    problem: str
    remedy: str = ""
    unsupported: bool = False  # not wrong, only not written yet

    def __str__(self) -> str:
        first = f"{self.place}: {self.problem}" if self.place else self.problem
        return f"{first}\n  {self.remedy}" if self.remedy else first

    def within(self, outer: str) -> "Fault":
        """The same fault, its place seen from further outside: `stride` within `layers[0]`."""
        if not self.place or self.place.startswith("["):
            return replace(self, place=outer + self.place)
        return replace(self, place=f"{outer}.{self.place}" if outer else self.place)


class SymconvError(Exception):
    """The base of every error that symconv raises on purpose; `faults` lists the single mistakes."""

    def __init__(self, message: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults) or (Fault("", message),)


class SpecError(SymconvError):
    """The input's fault: fix the network or the call. Exit code 2."""


class NotSupported(SymconvError):
    """A fair wish that is not written yet, or needs something not installed; says what there is. Exit code 2."""


class Broken(SymconvError):
    """symconv's own fault: please report it. Exit code 1."""


def refuse(faults: Iterable[Fault], where: str = "") -> None:
    """Raise one error that lists all `faults`; return where there are none.

    It is a NotSupported only if nothing is wrong besides. `where` names the file or the object.
    """
    found = tuple(faults)
    if not found:
        return
    lines = [str(fault) for fault in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"... and {len(found) - SHOWN} more")
    if where:
        lines.insert(0, f"{where}: {len(found)} mistake{'s' if len(found) > 1 else ''}")
    kind = NotSupported if all(fault.unsupported for fault in found) else SpecError
    raise kind("\n".join(lines), found)
