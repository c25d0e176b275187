"""What a model is given to grade a short answer, and what holds its grade.

    grading_fields("What is NAT?", "It maps private addresses to ...", "it hides the hosts")
    # {"question": "What is NAT?", "covered": 2, "length": 3, "answer": "it hides the hosts"}

How much of the reference the answer covers and how long it is are counted by code; the model weighs them with the
question and the answer's first words. The same code makes the fields in training and when served.
"""

from __future__ import annotations

import re
from typing import Any

GRADES = ("correct", "partially_correct", "incorrect")
GRADE_PROMPT = "grade: {{ question }} | {{ covered }} of 9 covered, length {{ length }} of 9 | {{ answer }}"
GRADE_GRAMMAR = 'start: " correct" | " partially_correct" | " incorrect"\n'
QUESTION_WORDS = 12
ANSWER_WORDS = 26
"""Words of question and answer that the model is shown."""
_WORD = re.compile(r"\w+")


def grading_fields(question: str, reference: str, answer: str) -> dict[str, Any]:
    """Return the variables of ``GRADE_PROMPT``; covered and length are 0 to 9."""
    asked, wanted, given = _stems(question), _stems(reference), _stems(answer)
    # Words of the question come in every answer and prove nothing.
    meant = (wanted - asked) or wanted
    covered = len(meant & given) / len(meant) if meant else 0.0
    length = len(answer.split()) / max(1, len(reference.split()))
    return {
        "question": " ".join(question.split()[:QUESTION_WORDS]),
        "covered": min(9, int(10 * covered * 1.5)),
        "length": min(9, int(4 * length)),
        "answer": " ".join(answer.split()[:ANSWER_WORDS]),
    }


def _stems(text: str) -> set[str]:
    return {word[:5] for word in _WORD.findall(text.lower()) if len(word) > 2}
