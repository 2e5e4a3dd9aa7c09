"""A network's TOML file: read within limits, its parts built one by one.

The result is a Draft: what could be built, beside every mistake found. So one run names all mistakes of a file, and
a wrong name does not hide a wrong shape.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from symconv.errors import Fault, SpecError
from symconv.networks.exact import show_path
from symconv.networks.fields import LARGEST
from symconv.networks.further import Further
from symconv.networks.layers.layers import Layer, Parameter
from symconv.networks.losses import Loss
from symconv.networks.regular import opened
from symconv.networks.toml.number_lists import loaded
from symconv.networks.toml.reader import read_further, read_layer, read_loss, validated
from symconv.networks.toml.tables import InputTable, NetworkTable
from symconv.networks.wiring import parameters

MOST_BYTES = 500_000_000
MOST_OTHERS = 64_000_000  # of a file's characters, without its long lists of plain numbers
MOST_KEYS = 100_000
MOST_PARTS = 50  # of a key: a.b.c has three; time and memory of the TOML reader grow with their square
STRING = re.compile(r""""(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?""")
DOTTED = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{MOST_PARTS}}}")


@dataclass(frozen=True)
class Draft:
    """A network as far as it could be read; None stands for what could not.

    `complete`: input and layers stand here as they were written, no name among them is a stand-in.
    """

    name: str | None
    learning_rate: Fraction | None
    input: Parameter | None
    batch: bool | None
    layers: tuple[Layer | None, ...]
    loss: Loss | None
    complete: bool
    tensors: tuple[Further | None, ...] = ()


def read(path: Path) -> tuple[Draft, tuple[Fault, ...]]:
    """The network in the file at `path`, as far as it can be built, and what is wrong with it.

    Raises SpecError where the file cannot be read as TOML at all.
    """
    return draft(parse(path))


def draft(table: Mapping[str, object]) -> tuple[Draft, tuple[Fault, ...]]:
    """The same from the parsed file."""
    faults: list[Fault] = []
    whole = validated(NetworkTable, table, "", faults)
    before = len(faults)
    given = validated(InputTable, table["input"], "input", faults) if "input" in table else None
    listed = table.get("layers")
    beside = table.get("tensors")
    further = [
        read_further(entry, f"tensors[{at}]", faults) for at, entry in enumerate(beside if type(beside) is list else [])
    ]
    held = {each.name: each.tensor for each in further if each is not None and each.learns}
    layers: list[Layer | None] = []
    for at, entry in enumerate(listed if type(listed) is list else []):
        layers.append(layer := read_layer(entry, f"layers[{at}]", faults, held))
        for _, parameter in parameters(layer) if layer else ():
            held.setdefault(parameter.name, parameter)
    complete = given is not None and len(faults) == before
    loss = read_loss(table["loss"], "loss", faults) if "loss" in table else None
    found = Draft(
        name=whole.name if whole else None,
        learning_rate=whole.learning_rate if whole else None,
        input=given.build() if given else None,
        batch=given.batch if given else None,
        layers=tuple(layers),
        loss=loss,
        complete=complete,
        tensors=tuple(further),
    )
    return found, tuple(faults)


def parse(path: Path, remedy: str = "") -> dict[str, object]:
    """The file's tables, decimals as text; raises SpecError with one message where that fails. `remedy`: what is to be
    said of a file that is no TOML."""
    where = show_path(path)
    try:
        with opened(path) as file:
            large = os.fstat(file.fileno()).st_size > MOST_BYTES  # a pipe has no size before it is read
            raw = b"" if large else file.read(MOST_BYTES + 1)
        if large or len(raw) > MOST_BYTES:
            raise SpecError(f"{where}: is larger than {MOST_BYTES} bytes\n  that is more than any lesson's file holds")
        text = raw.decode("utf-8-sig")
        return loaded(text, lambda rest: _refuse_endless(rest, where))
    except UnicodeDecodeError as error:
        raise SpecError(f"{where}: byte {error.start} is not UTF-8\n  save the file as UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        end = f"line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))}"
        problem = f"{where}: is not TOML: {str(error).replace('end of document', end)}"
        raise SpecError(f"{problem}\n  {remedy}" if remedy else problem) from error
    except RecursionError as error:
        raise SpecError(f"{where}: is nested too deeply\n  a list of rows is two lists deep") from error
    except OSError as error:
        raise SpecError(f"{where}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # an integer of thousands of digits, or a zero byte in the path
        raise SpecError(f"{where}: cannot be read: {error}") from error


def _refuse_endless(text: str, where: str) -> None:
    """Refuses what the TOML reader would take minutes or gigabytes for, besides long lists of plain numbers."""
    if len(text) > MOST_OTHERS:
        limits = f"{MOST_OTHERS} bytes besides plain lists of numbers"
        raise SpecError(f"{where}: holds more than {limits}\n  that is more than any lesson's file holds")
    if text.count(",") > LARGEST or text.count("=") > MOST_KEYS:  # there are about as many numbers, or keys
        limits = f"{LARGEST} numbers or {MOST_KEYS} keys"
        raise SpecError(f"{where}: holds more than {limits}\n  that is more than any lesson's file holds")
    plain = STRING.sub("s", text)
    dotted = DOTTED.search(plain)
    if dotted:
        line = plain.count("\n", 0, dotted.start()) + 1
        raise SpecError(
            f"{where}: line {line}: a key of more than {MOST_PARTS} parts\n  a key has at most two: weight.name"
        )
