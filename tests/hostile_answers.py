"""Files of answers that somebody wrote to do harm, or that something broke: text for the toy network, each with the
exit code that `symconv grade` ends with."""

NINES, DEEP = "9" * 5000, 3000


def gradient(number: str, count: int = 1) -> str:
    """U with one entry written so."""
    return f"[gradients]\nU = [[{', '.join([number] * count)}, 0, 0], [0, 0, 0]]\n"


def of(*texts: str) -> str:
    return "\n".join(texts) + "\n"


HOSTILE: dict[str, tuple[str | bytes, int]] = {
    # numbers
    "exponent": (gradient('"1e999999999"'), 2),
    "bare exponent": (gradient("1e999999999"), 2),
    "negative exponent": (gradient('"1e-999999999"'), 2),
    "float with exponent": (gradient("1e3"), 2),
    "nan": (gradient("nan"), 2),
    "quoted nan": (gradient('"nan"'), 2),
    "inf": (gradient("inf"), 2),
    "minus inf": (gradient("-inf"), 2),
    "divided by 0": (gradient('"1/0"'), 2),
    "mixed, divided by 0": (gradient('"2 1/0"'), 2),
    "0/0": (gradient('"0/0"'), 2),
    "true": (gradient("true"), 2),
    "false": (gradient("false"), 2),
    "a date": (gradient("1979-05-27"), 2),
    "a time": (gradient("07:32:00"), 2),
    "an integer of 5000 digits": (gradient(NINES), 2),
    "an integer of 4000 digits": (gradient("9" * 4000), 2),
    "text of 5000 digits": (gradient(f'"{NINES}"'), 2),
    "a fraction of 5000 digits": (gradient(f'"1/{NINES}"'), 2),
    "a power": (gradient('"9**9**9"'), 2),
    "code": (gradient("\"__import__('os').system('true')\""), 2),
    "a template": (gradient('"{{ 7 * 7 }}"'), 2),
    "markup": (gradient('"<script>1</script>"'), 2),
    "terminal codes": (gradient('"\\u001b[31m1"'), 2),
    "a zero byte in text": (gradient('"\\u00001"'), 2),
    "other digits": (gradient('"\u0662"'), 2),
    "a superscript": (gradient('"2\u00b2"'), 2),
    "signs": (gradient('"--++1"'), 2),
    "ten megabytes of digits": (gradient('"' + "1" * 10_000_000 + '"'), 2),
    "ten megabytes of question marks": (gradient('"' + "?" * 10_000_000 + '"'), 2),
    "ten megabytes of slashes": (gradient('"' + "1/" * 5_000_000 + '"'), 2),
    "a number of 400 digits": (gradient('"' + "9" * 400 + '"'), 1),
    "400 decimals": (gradient('"0.' + "3" * 400 + '"'), 1),
    # lists and tables
    "nested lists": ("[gradients]\nU = " + "[" * DEEP + "]" * DEEP + "\n", 2),
    "a list in an entry": (gradient("[1]"), 2),
    "a table in an entry": (gradient("{a = 1}"), 2),
    "a table for a tensor": (of("[gradients.U]", "a = 1"), 2),
    "tables in tables": (of("[gradients.U.a.b.c.d]", "e = 1"), 2),
    "an array of tables": (of("[[gradients]]", "U = 1"), 2),
    "a key of many parts": (".".join(["a"] * 5000) + " = 1\n", 2),
    "many keys": ("[gradients]\n" + "".join(f"k{i} = 1\n" for i in range(100_001)), 2),
    "many numbers": ("[gradients]\nU = [" + "0," * 2_000_000 + "0]\n", 2),
    "a tensor twice": (of("[gradients]", "U = 1", "U = 2"), 2),
    "a row too many": (of("[gradients]", "U = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]"), 2),
    "another table": (of("[gradient]", "U = 1"), 2),
    "a tensor without a table": ("U = [[1, 2, 3], [4, 5, 6]]\n", 2),
    "a name to be evaluated": (of("[gradients]", '"__class__" = 1'), 2),
    # files
    "nothing": ("", 2),
    "no text": (b"\xff\xfe\x00\x01" * 100, 2),
    "zero bytes": (b"\x00" * 1000, 2),
    "not closed": ("[gradients]\nU = [[1, 2, 3], [", 2),
}
