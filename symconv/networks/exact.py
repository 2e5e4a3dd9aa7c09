"""Numbers as people write them, read exactly: never through a float, never by evaluating text."""

import re
import sys
from fractions import Fraction

from symconv.errors import Fault, SpecError

DIGITS = 400  # per part: every float64 can be written exactly, the smallest is 1/2**1074 (324 digits below the bar)
LIMIT = 10**DIGITS
FARTHEST = int(sys.float_info.max)  # in float64 the emitted code computes
PART = f"[0-9]{{1,{DIGITS}}}"
NUMBER = re.compile(rf"([+-]?)({PART})(?:\.({PART})|/({PART}))?")
WORKS = 'write an integer, a decimal such as 0.5, or a string such as "1/2"'


def exact(value: object) -> Fraction:
    """The number written as `value`: an integer, a Fraction, or text such as "-3", "0.25", "1/2".

    Floats, booleans, dates, exponents, nan and inf are refused with SpecError.
    """
    if isinstance(value, Fraction):
        return _bounded(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _bounded(Fraction(value))
    if not isinstance(value, str):
        raise _not_a_number(value, WORKS)
    match = NUMBER.fullmatch(value)
    if match is None:
        raise _not_a_number(value, f"{WORKS}; no exponent, at most {DIGITS} digits per part")
    sign, digits, decimals, denominator = match.groups()
    if decimals:
        return _bounded(Fraction(int(sign + digits + decimals), 10 ** len(decimals)))
    if not denominator:
        return _bounded(Fraction(int(sign + digits)))
    below = int(denominator)
    if below == 0:
        raise _not_a_number(value, "give a denominator other than 0")
    return _bounded(Fraction(int(sign + digits), below))


def show(value: object) -> str:
    """`value` for a message: short, on one line, without characters that no terminal should get."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > 200:
        return "a number of more than 60 digits"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "an empty list" if not value else f"a list of {len(value)}"
    if isinstance(value, str):
        plain = value[:61].replace("\\", r"\\").replace('"', r"\"")
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in plain)
        return f'"{text[:60]}..."' if len(text) > 60 else f'"{text}"'
    text = str(value) if isinstance(value, int | float | Fraction) else f"{type(value).__name__} {value!s:.60}"
    return ascii(text)[1:-1][:60]


def show_path(path: object) -> str:
    """A path for a message: as it is, but for characters that no terminal should get, and for its end if very long."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path)[:300])


def _bounded(value: Fraction) -> Fraction:
    """`value` itself, unless it could not be written as a fraction of two parts, or is no float."""
    if abs(value) > FARTHEST:
        raise _not_a_number("a number that float64 does not hold", "give one below 1.8e308 in size", quoted=False)
    if not -LIMIT < value.numerator < LIMIT or value.denominator >= LIMIT:
        remedy = f"give at most {DIGITS} digits above and below the fraction bar"
        raise _not_a_number("a number of too many digits", remedy, quoted=False)
    return value


def _not_a_number(value: object, remedy: str, quoted: bool = True) -> SpecError:
    text = f"{show(value)} is not an exact number" if quoted else str(value)
    return SpecError(text, [Fault("", text, remedy)])
