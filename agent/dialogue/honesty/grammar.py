"""Word tables and shapes: how the rules of one language are written down, compiled and asked.

A sentence becomes a string of tags, one character a word; a rule is a regular expression over those tags, written with
the names of word classes instead of characters:

    doer did: me (adv|have)* did

A word may be in several classes ("order" is a verb and a thing), and then fits a shape as any of them. An excuse says
which matches are no claims, because of what stands around them. This module knows no language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, cast, get_args

from agent.dialogue.honesty.tables import block_lines

Kind = Literal["doer", "promise", "state", "fact", "fragment", "guess", "news", "scrap"]
"""What a rule is about: the assistant's deed, its promise, the state of what is the user's or of anything
(which may be a general truth), a phrase without a verb, or what is suspicious by its form alone: of the assistant, of
something else, or a scrap of a sentence.
"""

Where = Literal["directly", "near", "clause", "before", "next", "after", "sentence"]
"""What an excuse looks at: what ends or begins right at the match; before it, its clause from the last soft or hard
break, or from the last hard one; all before it; all after it; or all.
"""

_TOKEN = re.compile(
    r"'s\b|(?:[jldntmsc]|qu|lorsqu)'(?!\w)"  # What an apostrophe cuts off, in English and French.
    r"|(?:[^\W\d_]{1,6}-)?[^\W_]*\d[^\W_]*(?:[.,:/-][^\W_]*\d[^\W_]*)*"  # Numbers, times, codes.
    r"|[^\W\d]+(?:['_-][^\W\d]+)*|[^\w\s]"
)
_NAME = re.compile(r"\$[A-Z]+|[a-z_]+|\^|\$|!\[[a-z_ ]+\]|![a-z_]+")
_FIRST_TAG = 0x20000
# Any block of letters will do: tags never meet text. These need no escaping in a regular expression, and sets of
# characters that are so high are compiled as ranges, without a bitmap of 64 KiB each: twice as fast.
_UNKNOWN, _CODE, _YEAR = frozenset({"x"}), frozenset({"num", "code"}), frozenset({"num", "year"})
_NAME_KIND = frozenset({"name"})
_PAST_YEAR = re.compile(r"1\d\d\d|20[01]\d")


@dataclass(frozen=True)
class Excuse:
    """What makes a match innocent: all conditions hold."""

    kinds: frozenset[str]
    conditions: tuple[tuple[Where, re.Pattern[str]], ...]


class Grammar:
    """The rules of one language.

    Args:
        language: ISO 639-1, the first part of every rule's name.
        words: class name → words, separated by blanks; `_` stands for a blank inside a phrase.
        rewrites: what is replaced before words are looked up: contractions, phrases that mean something else.
        guess: the classes of a word of no table, from its form; empty for none.
        guessed: every set of classes that ``guess`` may return.
        macros: lines `NAME: shape`, for what stands as `$NAME` in shapes; one may use the ones before it. In a shape,
            `!class` and `![class class]` are any other word, and `=(shape)` looks ahead.
        rules: lines `kind name: shape`.
        excuses: lines `kind,kind where: shape`, or `... where: shape & where: shape` when both must hold.
        hard: classes between clauses: `^` stands after one, `$` before one.
        soft: classes that join clauses; a negation does not reach over one.
    """

    def __init__(
        self,
        language: str,
        *,
        words: Mapping[str, str],
        rewrites: Iterable[tuple[str, str]] = (),
        guess: Callable[[str], frozenset[str]] = lambda word: frozenset(),
        guessed: Iterable[frozenset[str]] = (),
        macros: str = "",
        rules: str,
        excuses: str,
        hard: str = "comma brk but",
        soft: str = "and",
    ) -> None:
        self.language = language
        classes: dict[str, set[str]] = {}
        phrases: list[str] = []
        for name, listed in words.items():
            for word in listed.split():
                classes.setdefault(word, set()).add(name)
                if "_" in word:
                    phrases.append(word)
        self._guess = guess
        fixed = [frozenset({name}) for name in ("comma", "brk", "num", "tick", "question", "name", "x")]
        sets = [*map(frozenset, classes.values()), *guessed, *fixed, _CODE, _YEAR]
        # Sorted, so that what is alike gets neighbouring numbers and a class is a few ranges.
        ordered = sorted(set(sets), key=sorted)
        self._tags = {kinds: chr(_FIRST_TAG + number) for number, kinds in enumerate(ordered)}
        self._classes = set().union(*ordered)
        self._ranges: dict[tuple[tuple[str, ...], bool], str] = {}
        self._words = {word: self._tags[frozenset(kinds)] for word, kinds in classes.items()}
        self._rewrites = [(re.compile(pattern), put) for pattern, put in rewrites]
        phrases.sort(key=len, reverse=True)
        self._phrases = re.compile(r"(?<!\w)(?:" + "|".join(p.replace("_", "[ -]") for p in phrases) + r")(?!\w)")
        self._hard, self._macros = hard.split(), dict[str, str]()
        for line in block_lines(macros):
            name, _, shape = line.partition(":")
            self._macros[f"${name}"] = f"(?:{self._translated(shape)})"
        self._hard_break = re.compile(self._one_of(*self._hard))
        self._any_break = re.compile(self._one_of(*self._hard, *soft.split()))
        self._rules = [self._rule(line) for line in block_lines(rules)]
        self._excuses = [self._excuse(line) for line in block_lines(excuses)]

    def first_claim(self, sentence: str, names: frozenset[str] = frozenset()) -> str | None:
        """Return the name of the rule that a folded sentence trips, or None.

        Words of no table are taken for names of persons or houses when they are among ``names``.
        """
        tags = self.tags(sentence, names)
        for kind, name, shape in self._rules:
            match = shape.search(tags)
            while match is not None:
                if not self._is_excused(kind, tags, match):
                    return name
                match = shape.search(tags, match.start() + 1)
        return None

    def tags(self, sentence: str, names: frozenset[str] = frozenset()) -> str:
        """Return one character a token."""
        for pattern, put in self._rewrites:
            sentence = pattern.sub(put, sentence)
        sentence = self._phrases.sub(lambda match: match[0].replace(" ", "_").replace("-", "_"), sentence)
        return "".join(self._tag(token, names) for token in _TOKEN.findall(sentence))

    def explain(self, sentence: str) -> list[set[str]]:
        """Return the classes of each token, for whoever writes rules."""
        names = {tag: set(kinds) for kinds, tag in self._tags.items()}
        return [names[tag] for tag in self.tags(sentence)]

    def _tag(self, token: str, names: frozenset[str]) -> str:
        known = self._words.get(token)
        if known is not None:
            return known
        first = token[0]
        if first == ",":
            return self._tags[frozenset({"comma"})]
        if first == "?":
            return self._tags[frozenset({"question"})]
        if first in "✅✔☑":
            return self._tags[frozenset({"tick"})]
        if any(char.isdigit() for char in token):
            is_code = len(token) > 3 and ":" not in token
            return self._tags[_YEAR if _PAST_YEAR.fullmatch(token) else _CODE if is_code else frozenset({"num"})]
        if not first.isalpha():
            return self._tags[frozenset({"brk"})]
        return self._tags[_NAME_KIND if token in names else self._guess(token) or _UNKNOWN]

    def _is_excused(self, kind: str, tags: str, match: re.Match[str]) -> bool:
        start, end = match.span()
        before = tags[:start]
        clause, near = (self._after_last(breaks, before) for breaks in (self._hard_break, self._any_break))
        seen = {"directly": clause, "near": near, "clause": clause, "before": before, "sentence": tags}
        seen["next"] = seen["after"] = tags[end:]
        return any(
            kind in excuse.kinds and all(shape.search(seen[where]) for where, shape in excuse.conditions)
            for excuse in self._excuses
        )

    @staticmethod
    def _after_last(breaks: re.Pattern[str], tags: str) -> str:
        return tags[max((found.end() for found in breaks.finditer(tags)), default=0) :]

    def _rule(self, line: str) -> tuple[str, str, re.Pattern[str]]:
        head, _, shape = line.partition(":")
        kind, name = head.split()
        if kind not in get_args(Kind):
            raise ValueError(f"{kind!r} is no kind of rule in {line!r}; expected one of {get_args(Kind)}")
        return kind, f"{self.language}.{name}", self._compile(shape)

    def _excuse(self, line: str) -> Excuse:
        kinds, _, rest = line.partition(" ")
        conditions = []
        for condition in rest.split(" & "):
            where, _, shape = condition.partition(":")
            where = where.strip()
            if where not in get_args(Where):
                raise ValueError(f"{where!r} is no place in {line!r}; expected one of {get_args(Where)}")
            start, end = r"\A" if where == "next" else "", r"\Z" if where == "directly" else ""
            conditions.append((cast(Where, where), re.compile(f"{start}(?:{self._compile(shape).pattern}){end}")))
        return Excuse(frozenset(get_args(Kind) if kinds == "all" else kinds.split(",")), tuple(conditions))

    def _compile(self, shape: str) -> re.Pattern[str]:
        return re.compile(self._translated(shape))

    def _translated(self, shape: str) -> str:
        """Return a shape as a regular expression over tags."""
        shape = re.sub(r"(?<!=)\(", "(?:", shape).replace("=(", "(?=")
        return _NAME.sub(self._term, shape).replace(" ", "")

    def _term(self, match: re.Match[str]) -> str:
        term = match[0]
        if term in self._macros:
            return self._macros[term]
        if term == "^":
            return rf"(?:\A|(?<={self._one_of(*self._hard)}))"
        if term == "$":
            return rf"(?=\Z|{self._one_of(*self._hard, 'question')})"
        if term.startswith("!"):
            return self._one_of(*term[1:].strip("[]").split(), negate=True)
        return self._one_of(term)

    def _one_of(self, *names: str, negate: bool = False) -> str:
        """Return the regular expression of a tag that is in one of the classes; in none of them with ``negate``."""
        known = self._ranges.get((names, negate))
        if known is None:
            wanted = frozenset(names)
            unknown = wanted - self._classes
            if unknown:
                raise ValueError(f"{sorted(unknown)} are no classes of the {self.language} tables")
            numbers = [number for number, kinds in enumerate(self._tags) if not kinds.isdisjoint(wanted)]
            known = self._ranges[names, negate] = f"[{'^' if negate else ''}{''.join(_ranges(numbers))}]"
        return known


def _ranges(numbers: list[int]) -> Iterator[str]:
    """Yield the tags of some numbers, neighbours as a range: what is compiled is shorter by half."""
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [chr(_FIRST_TAG + number) for _, number in group]
        yield run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}"
