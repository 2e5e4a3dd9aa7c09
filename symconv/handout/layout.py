"""The page, in millimetres and points: the preamble and the figures' arithmetic read the same numbers."""

from dataclasses import dataclass

from symconv.text.measure import PT


@dataclass(frozen=True)
class Page:
    """Column widths in mm; font sizes of figure labels and of code in points."""

    main: int = 116
    gutter: int = 7
    side: int = 42
    label: float = 8.2
    code: float = 8.8

    @property
    def full(self) -> int:
        """Main column and margin together."""
        return self.main + self.gutter + self.side

    @property
    def code_character(self) -> float:
        """The width of one typewriter character, mm (Latin Modern Mono: 0.525 em)."""
        return 0.525 * self.code * PT


PAGE = Page()
PRODUCT, RESULT = 11, 15  # mm: room for a handwritten product, for a result
