"""Answers from a text: the sentences that a question is about, found by code, and the grammar of a quoted answer."""

from skills.reading.passages import answer_grammar, quoted_answer, relevant_passage

__all__ = ["answer_grammar", "quoted_answer", "relevant_passage"]
