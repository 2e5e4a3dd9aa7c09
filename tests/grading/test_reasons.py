"""A mistake is said in either language, with its place where that is another."""

import pytest

from symconv.grading.reasons import FOLLOWED, Reason
from symconv.text.prose import prose

FLIPPED = Reason.of("kernel_rotated", output="S", weight="U")


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        (FLIPPED, "the kernel U is flipped", "把卷积核 U 翻转了"),
        (
            Reason(FLIPPED.mistake, FLIPPED.parts, "S"),
            "the kernel U is flipped in S, and all else follows from it",
            "求 S 时把卷积核 U 翻转了，其余的由此算出",
        ),
        (
            Reason("target_forgotten", (), "z", backward=True),
            "the target is forgotten: y in place of y - t in the gradient of z, and all else follows from it",
            "求 z 的梯度时忘了减去真实标签，用 y 代替了 y - t，其余的由此算出",
        ),
        (Reason.of(FOLLOWED, tensor="z"), "your gradient of z were right", "你求得的 z 的梯度是对的"),
    ],
)
def test_a_reason_is_said(reason: Reason, english: str, chinese: str) -> None:
    assert reason.words(prose("en")) == english
    assert reason.words(prose("zh")) == chinese
