"""Word tables and shapes: how the rules of one language are written down, compiled and asked.

A sentence becomes a string of tags, one character a word; a rule is a regular expression over those tags, written with
the names of word classes instead of characters:

    doer did: me (adv|have)* did

A word may be in several classes ("order" is a verb and a thing), and then fits a shape as any of them. An excuse says
which matches are no claims, because of what stands around them. This module knows no language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

Kind = Literal["doer", "promise", "state", "fragment"]
"""Who or what a rule is about: the assistant's deed, its promise, the state of a thing, or a phrase without a verb."""

Where = Literal["directly", "clause", "before", "after", "sentence"]
"""What an excuse looks at: what ends right before the match, its clause up to it, all before it, all after it, or all."""

_TOKEN = re.compile(r"[^\W\d]+(?:['_-][^\W\d]+)*|[^\W_]*\d[^\W_]*(?:[.,:/-][^\W_]*\d[^\W_]*)*|[^\W]+|,|[^\w\s]")
_NAME = re.compile(r"[a-z_]+|\^|\$[A-Z]+|\$|![a-z_]+")
_FIRST_TAG = 0x4E00
# Any block of letters will do: tags never meet text. These need no escaping in a regular expression.
_UNKNOWN = frozenset({"x"})


@dataclass(frozen=True)
class Excuse:
    """What makes a match innocent."""

    kinds: frozenset[str]
    where: Where
    shape: re.Pattern[str]


class Grammar:
    """The rules of one language.

    Args:
        language: ISO 639-1, the first part of every rule's name.
        words: class name → words, separated by blanks; `_` stands for a blank inside a phrase.
        rewrites: what is replaced before words are looked up: contractions, phrases that mean something else.
        guess: the classes of a word of no table, from its form; empty for none.
        guessed: every set of classes that ``guess`` may return.
        macros: `$NAME` → shape.
        rules: lines `kind name: shape`.
        excuses: lines `kind,kind where: shape`.
        hard: classes that end a clause; `soft` ones begin a new one too, but a negation reaches over them.
    """

    def __init__(
        self,
        language: str,
        *,
        words: Mapping[str, str],
        rewrites: Iterable[tuple[str, str]] = (),
        guess: Callable[[str], frozenset[str]] = lambda word: frozenset(),
        guessed: Iterable[frozenset[str]] = (),
        macros: Mapping[str, str] | None = None,
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
        fixed = [frozenset({name}) for name in ("comma", "brk", "num", "code", "tick", "question", "x")]
        sets = [*map(frozenset, classes.values()), *guessed, *fixed, frozenset({"num", "code"})]
        self._tags = {kinds: chr(_FIRST_TAG + number) for number, kinds in enumerate(dict.fromkeys(sets))}
        self._words = {word: self._tags[frozenset(kinds)] for word, kinds in classes.items()}
        self._rewrites = [(re.compile(pattern), put) for pattern, put in rewrites]
        phrases.sort(key=len, reverse=True)
        self._phrases = re.compile(r"\b(?:" + "|".join(p.replace("_", "[ -]") for p in phrases) + r")\b")
        self._macros = dict(macros or {})
        self._hard, self._soft = hard.split(), soft.split()
        self._breaks = re.compile(self._one_of(self._hard))
        self._rules = [self._rule(line) for line in _lines(rules)]
        self._excuses = [self._excuse(line) for line in _lines(excuses)]

    def first_claim(self, sentence: str) -> str | None:
        """Return the name of the rule that a folded sentence trips, or None."""
        tags = self.tags(sentence)
        for kind, name, shape in self._rules:
            match = shape.search(tags)
            while match is not None:
                if not self._is_excused(kind, tags, match):
                    return name
                match = shape.search(tags, match.start() + 1)
        return None

    def tags(self, sentence: str) -> str:
        """Return one character a token."""
        for pattern, put in self._rewrites:
            sentence = pattern.sub(put, sentence)
        sentence = self._phrases.sub(lambda match: match[0].replace(" ", "_").replace("-", "_"), sentence)
        return "".join(map(self._tag, _TOKEN.findall(sentence)))

    def explain(self, sentence: str) -> list[set[str]]:
        """Return the classes of each token, for whoever writes rules."""
        names = {tag: set(kinds) for kinds, tag in self._tags.items()}
        return [names[tag] for tag in self.tags(sentence)]

    def _tag(self, token: str) -> str:
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
            has_code = len(token) > 3 and ":" not in token or any(char.isalpha() for char in token)
            return self._tags[frozenset({"num", "code"} if has_code else {"num"})]
        if not (first.isalpha() or first == "_"):
            return self._tags[frozenset({"brk"})]
        return self._tags[self._guess(token) or _UNKNOWN]

    def _is_excused(self, kind: str, tags: str, match: re.Match[str]) -> bool:
        start, end = match.span()
        before = tags[:start]
        clause = before[max((found.end() for found in self._breaks.finditer(before)), default=0) :]
        seen = {"directly": clause, "clause": clause, "before": before, "after": tags[end:], "sentence": tags}
        return any(kind in excuse.kinds and excuse.shape.search(seen[excuse.where]) for excuse in self._excuses)

    def _rule(self, line: str) -> tuple[str, str, re.Pattern[str]]:
        head, _, shape = line.partition(":")
        kind, name = head.split()
        if kind not in get_args(Kind):
            raise ValueError(f"{kind!r} is no kind of rule in {line!r}; expected one of {get_args(Kind)}")
        return kind, f"{self.language}.{name}", self._compile(shape)

    def _excuse(self, line: str) -> Excuse:
        head, _, shape = line.partition(":")
        kinds, where = head.split()
        if where not in get_args(Where):
            raise ValueError(f"{where!r} is no place in {line!r}; expected one of {get_args(Where)}")
        end = r"\Z" if where == "directly" else ""
        named = frozenset(get_args(Kind)) if kinds == "all" else frozenset(kinds.split(","))
        return Excuse(named, cast(Where, where), re.compile(self._compile(shape).pattern + end))

    def _compile(self, shape: str) -> re.Pattern[str]:
        for _ in range(4):  # macros may use macros
            for name, meaning in self._macros.items():
                shape = re.sub(rf"\${name}\b", lambda _, meaning=meaning: f"({meaning})", shape)
        return re.compile(_NAME.sub(self._term, shape.replace("(", "(?:")).replace(" ", ""))

    def _term(self, match: re.Match[str]) -> str:
        term = match[0]
        if term == "^":
            return rf"(?:\A|(?<={self._one_of(self._hard + self._soft)}))"
        if term == "$":
            return rf"(?=\Z|{self._one_of([*self._hard, *self._soft, 'question'])})"
        if term.startswith("!"):
            return self._one_of([term[1:]], negate=True)
        return self._one_of([term])

    def _one_of(self, names: Iterable[str], *, negate: bool = False) -> str:
        wanted: set[str] = set()
        for name in names:
            # A macro-like class: every word that can stand inside a noun phrase.
            listed = name.split("|")
            wanted |= set(listed)
        chars = [tag for kinds, tag in self._tags.items() if kinds & wanted]
        if not chars:
            raise ValueError(f"no word is in the class {sorted(wanted)} of the {self.language} tables")
        return f"[{'^' if negate else ''}{''.join(chars)}]"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines() if line.strip() and not line.strip().startswith("#")]
