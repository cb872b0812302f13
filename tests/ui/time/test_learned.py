"""When a run has learned to read a digit, from answers set by hand."""

import pytest

from cnnviz.ui.time.learned import Answer, learned_sentence


def answers(*digits: int, first: int = 0) -> list[Answer]:
    """Answers at steps 0, 10, 20 …, ever more confident."""
    return [
        Answer(first + 10 * place, digit, 0.125 * (place + 1)) for place, digit in enumerate(digits)
    ]


@pytest.mark.parametrize(
    ("digits", "label", "expected"),
    [
        (
            (3, 3, 7, 7),
            7,
            "Untrained, the network reads this 7 as 3; **from step 20 on it reads it correctly**, "
            "at the end 50.0% sure.",
        ),
        (
            (3, 7, 2, 7),
            7,
            "Untrained, the network reads this 7 as 3; **from step 30 on it reads it correctly**, "
            "at the end 50.0% sure.",
        ),
        (
            (7, 7, 2, 7),
            7,
            "The network reads this 7 correctly at first, then differently; **from step 30 on it "
            "reads it correctly again**, at the end 50.0% sure.",
        ),
        (
            (3, 7, 2),
            7,
            "**At step 20 the network reads this 7 as 2 (37.5% sure), wrongly**, though it read it "
            "correctly at step 10.",
        ),
        ((3, 2), 7, "**At step 10 the network reads this 7 as 2 (25.0% sure), wrongly**."),
        (
            (7, 7),
            7,
            "**At every snapshot the network reads this 7 as 7**, 12.5% sure at step 0 and 25.0% "
            "sure at step 10. Before training that is luck.",
        ),
        (
            (3, 7),
            None,
            "Untrained, the network reads the digit as 3; **from step 10 on it reads it as 7**, at "
            "the end 25.0% sure.",
        ),
    ],
)
def test_the_sentence_follows_from_the_answers(
    digits: tuple[int, ...], label: int | None, expected: str
) -> None:
    assert learned_sentence(answers(*digits), label) == expected


def test_a_run_that_began_with_trained_weights_is_not_called_untrained() -> None:
    text = learned_sentence(answers(3, 7, first=64), 7)
    assert text.startswith("At step 64, the network reads this 7 as 3; **from step 74 on")
    assert "luck" not in learned_sentence(answers(7, 7, first=64), 7)
    continued = learned_sentence(answers(3, 7), 7, untrained=False)
    assert continued.startswith("At step 0, the network reads this 7 as 3; **from step 10 on")
    assert "luck" not in learned_sentence(answers(7, 7), 7, untrained=False)
