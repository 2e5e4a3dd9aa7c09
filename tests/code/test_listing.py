"""Lines of code: where a blank line stands, how long lines are opened and comments hung, and that the code stays."""

import ast
from textwrap import dedent

import pytest
from hypothesis import given, strategies as st

from symconv.code.listing import (
    WIDTH,
    CodeStatement,
    Loop,
    blocks,
    code_lines,
    comment,
    fold,
    grouped,
    printed,
    signs,
    split_commas,
    unwrapped,
)

INSIDE = ("loop", "branch", "default")


def node(role: str) -> CodeStatement | Loop:
    return (
        Loop(CodeStatement("for i in x:", role), (CodeStatement("pass", "add"),))
        if role in INSIDE
        else CodeStatement("x = 1", role)
    )


def role(node: CodeStatement | Loop) -> str:
    return node.role if isinstance(node, CodeStatement) else node.head.role


# ------------------------------------------------------------------------------------------------ phases
@pytest.mark.parametrize(
    "phases",
    [
        "options operand | sizes extent extent",
        "extent default | product",
        "pad pad | product",
        "product | branch branch | return",
        "product | allocate strides window | block loop | loop",
        "allocate view allocate loop | return",
        "comment block product",
        "layout layout | allocate add loop",
    ],
)
def test_a_blank_line_stands_between_phases(phases: str) -> None:
    nodes = [node(r) for r in phases.replace("| ", "").split()]
    assert " | ".join(" ".join(map(role, block)) for block in blocks(nodes)) == phases


def test_the_ways_of_a_function_are_in_phases_and_its_loops_are_not() -> None:
    body = (CodeStatement("a = 1", "product"), CodeStatement("b = 2", "allocate"))
    assert printed([Loop(CodeStatement("if a:", "branch"), body)]) == [
        "    if a:",
        "        a = 1",
        "",
        "        b = 2",
    ]
    assert printed([Loop(CodeStatement("for a in b:", "loop"), body)]) == [
        "    for a in b:",
        "        a = 1",
        "        b = 2",
    ]


def test_a_listing_counts_its_printed_lines() -> None:
    """A line too long for one keeps its detail in all of them, its comment in the first."""
    long = CodeStatement(f"Y = f({'x' * 80}, b)", "product", "one", (("over", "a"),))
    nodes = [
        CodeStatement("N = 1", "sizes"),
        Loop(CodeStatement("for n in N:", "loop"), (long,)),
        CodeStatement("return Y", "return"),
    ]
    lines = code_lines(nodes)
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6, 7]
    assert [line.depth for line in lines] == [0, 0, 1, 2, 2, 1, 0]
    assert [line.phase for line in lines] == [1, 1, 1, 1, 1, 1, 2]
    assert [line.role for line in lines[2:6]] == ["product", "continued", "continued", "continued"]
    assert [line.comment for line in lines[2:6]] == ["one", "", "", ""]
    assert {line["over"] for line in lines[2:6]} == {"a"}


# ------------------------------------------------------------------------------------------------ comments
def test_a_comment_may_fill_its_line_and_no_more() -> None:
    code = "a = 1"
    for length, lines in ((WIDTH - 13, 1), (WIDTH - 12, 2)):
        assert len(printed([CodeStatement(code, "extent", "x" * length)])) == lines
    assert printed([CodeStatement("# why", "comment")], 2) == ["        # why"]


def test_an_equation_hangs_and_its_entries_stay_whole() -> None:
    text = "dXp[n, g*Cg + c, i*sh + a*dh, j*sw + b*dw] += K[g*Og + o, c, a, b] * dYp[n, g*Og + o]"
    assert comment(text, 1) == [
        "    # dXp[n, g*Cg + c, i*sh + a*dh, j*sw + b*dw] += K[g*Og + o, c, a, b] *",
        "    #     dYp[n, g*Og + o]",
    ]
    assert comment("why " * 30, 0) == ["# " + " ".join(["why"] * 21), "# " + " ".join(["why"] * 9)]


def test_an_entry_longer_than_a_line_breaks_behind_its_commas() -> None:
    first, second = "step_of_the_rows + step_of_the_columns*dilation", "row_of_the_kernel + row_of_the_image"
    lines = comment(f"Y = Xp[{first}, {second}, {first}]", 1)
    assert lines == [f"    # Y = Xp[{first},", f"    #     {second},", f"    #     {first}]"]


ENTRIES = st.builds(
    lambda name, at: f"{name}[{', '.join(at)}]",
    st.sampled_from(["X", "dYp"]),
    st.lists(st.sampled_from(["n", "g*Og + o", "i*sh + a*dh"]), min_size=1, max_size=5),
)


@given(st.lists(ENTRIES | st.sampled_from(["=", "+=", "*", "output", "rows"]), min_size=1), st.integers(0, 4))
def test_a_comment_keeps_its_words(words: list[str], depth: int) -> None:
    """And its entries whole, as long as each fits into a line that hangs."""
    lines = comment(" ".join(words), depth)
    assert all(len(line) <= WIDTH and line.startswith("    " * depth + "# ") for line in lines)
    assert " ".join(line.strip("# ") for line in lines) == " ".join(words)
    fits = len("    " * depth + "#     ") + max(map(len, words)) <= WIDTH
    assert not fits or all(line.count("[") == line.count("]") for line in lines)


# ------------------------------------------------------------------------------------------------ long lines
def test_a_line_longer_than_the_width_is_opened_at_its_longest_bracket() -> None:
    code = f"f({'x' * (WIDTH - 7)})"
    assert fold(code, 1) == ["    " + code]
    assert fold(code, 2) == ["        f(", "            " + code[2:-1], "        )"]
    assert fold(f"a(b, c)[d, e] + {code}.g()", 0) == ["a(b, c)[d, e] + f(", "    " + code[2:-1], ").g()"]


def test_numbers_fill_their_lines_and_others_stand_alone() -> None:
    numbers = fold(f"f({', '.join(['1/2'] * 30)})", 0)
    assert numbers == ["f(", "    " + "1/2, " * 15 + "1/2,", "    " + "1/2, " * 13 + "1/2,", ")"]
    assert fold(f"f({', '.join(['kernel_rows'] * 8)})", 0) == ["f(", *["    kernel_rows,"] * 8, ")"]


def test_a_short_part_with_blanks_is_not_broken() -> None:
    code = f"f({', '.join(['a + b'] * 13)})"
    folded = fold(code, 1)
    assert len(folded) > 2 and "".join(line.strip() + " " for line in folded[1:-1]).split(", ")[0] == "a + b"
    assert ast.dump(ast.parse("\n".join(line[4:] for line in folded))) == ast.dump(ast.parse(code))


def test_a_value_without_a_bracket_gets_one() -> None:
    value = " + ".join(["kernel_rows"] * 7)
    assert fold(f"Y[i] += {value}", 0) == ["Y[i] += (", "    " + value, ")"]


def test_a_long_value_breaks_before_its_operators() -> None:
    """A sum at its terms, a term that is too long itself at its factors, and nothing in a bracket."""
    terms = ["(-first - second) * third", "+ kernel_rows[:, None] * (columns - rows)", "- f(a * b)"]
    assert fold(f"Y = ({' '.join(terms)}).g()", 2) == [
        "        Y = (", *(f"            {term}" for term in terms), "        ).g()",
    ]  # fmt: skip
    factors = ["kernel_rows[:, None]", "* (columns - rows)", "/ torch.sqrt(variance - 1)", "* offset_of_channels"]
    assert fold(f"Y = ({' '.join(factors)} + {terms[0]}).g()", 0) == [
        "Y = (", *(f"    {factor}" for factor in factors), f"    + {terms[0]}", ").g()",
    ]  # fmt: skip


def test_brackets_only_where_they_are_needed() -> None:
    assert [unwrapped(x) for x in ("(a + b)", "(a)(b)", "(a) + (b)", "f(a)")] == [
        "a + b",
        "(a)(b)",
        "(a) + (b)",
        "f(a)",
    ]
    assert [grouped(x) for x in ("a + b", "-a", "f(a, b)", "a[i, 0]")] == ["(a + b)", "(-a)", "f(a, b)", "a[i, 0]"]


def test_commas_in_brackets_and_strings_part_nothing() -> None:
    assert split_commas("a, f(b, [c, d]), \"e, 'f\", {g: h, i: j},") == [
        "a", "f(b, [c, d])", "\"e, 'f\"", "{g: h, i: j}",
    ]  # fmt: skip
    assert split_commas("") == []


def test_signs_of_a_string_are_none() -> None:
    assert list(signs("f(')', [x])")) == [
        (0, "f", 0), (1, "(", 1), (5, ",", 1), (6, " ", 1), (7, "[", 2), (8, "x", 2), (9, "]", 1), (10, ")", 0),
    ]  # fmt: skip


def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    many = st.lists(inner, min_size=1, max_size=9).map(", ".join)
    heads = st.sampled_from(["f", "torch.baddbmm", "(x + windows).reshape", "x[a, b].view"])
    return st.one_of(
        st.builds("{}({})".format, heads, many),
        st.builds("{} + kernel_rows".format, inner),
        st.builds("({} @ windows)".format, inner),
        st.builds("dX[{}].view({})".format, many, many),
        many.map("[{}]".format),
        many.map("({},)".format),
    )


NAMES = st.sampled_from(["x", "sh", "windows", "kernel_rows_of_the_group", "-1", "1/2", '"ngc, goc -> no"', "')[,'"])
CODE = st.builds(str.__add__, st.sampled_from(["", "Y = ", "Y[n, k] += ", "return "]), st.recursive(NAMES, wider))


@given(CODE, st.integers(0, 3))
def test_folded_code_is_the_same_code(code: str, depth: int) -> None:
    lines = fold(code, depth)
    assert all(line.startswith("    " * depth) for line in lines)
    assert ast.dump(ast.parse(dedent("\n".join(lines)))) == ast.dump(ast.parse(code))
