"""Match what people say with options: a name, words of it, a position, or "any".

``match_options`` is the one matcher for options that a skill offers ("kichen lihgt", "the lamp", "the second one",
"la segunda", "第二个"). It would rather find nothing than the wrong thing: every word that says something must be found
in the option.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from agent.dialogue.resolvers import lexicon
from agent.dialogue.resolvers.base import normalise
from agent.dialogue.resolvers.chinese import with_digits
from agent.dialogue.resolvers.words import correct, correct_ordinal, ordinal, read_number, read_ordinal
from agent.types import Option

_WORD = re.compile(r"\d+|[^\W\d_]+(?:'s)?")
_POSITION_TOKEN = re.compile(r"\d+(?:[^\W\d_]{1,3}\b|\.(?!\d))?|[^\W\d_]+(?:'[a-z]+)?|#")
_SHORTENED = re.compile(r"(?<=\w)'(?:d|ll|m|re|ve)\b")
_SPELLINGS = tuple(
    (re.compile(spelling), sound)
    for spelling, sound in ((r"ph", "f"), (r"ck|[cq]", "k"), (r"ie|ee|ea|y", "i"), (r"(\w)\1+", r"\1"), (r"e$", ""))
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def match_options(raw: str, options: Sequence[Option], lang: str = "en") -> list[Option]:
    """Return the options that the words mean: one when they are clear, several when they fit several equally, none.

    Compared are an option's text, its other names (``also``) and, where its value is a string, the words in it
    ("light.kitchen"). "the second one", "the last" and "any" pick by position; write the best option first.
    """
    text = normalise(raw)
    if not options or not text:
        return []
    exact = [option for option in options if text in (normalise(option.text), normalise(str(option.value)))]
    if exact:
        return exact[:1]
    if lexicon.ANY.match(text):
        return [options[0]]
    return by_words(text, options, lang) or by_position(text, options, lang) or bare_position(text, options, lang)


def by_words(text: str, options: Sequence[Option], lang: str) -> list[Option]:
    """Return the options whose words are said in normalised text."""
    if _HAN.search(text):
        return _by_chinese_words(text, options)
    forms = [_forms(option, lang) for option in options]
    vocabulary = frozenset(word for each in forms for form in each for word in form)
    found = _match_words(_words(text), options, forms, vocabulary, lang)
    if not found:
        renamed = [part for word in _words(text) for part in lexicon.OPTION_SYNONYMS.get(word, word).split(" ")]
        found = _match_words(renamed, options, forms, vocabulary, lang)
    return found


def _match_words(
    every_word: list[str],
    options: Sequence[Option],
    forms: list[list[tuple[str, ...]]],
    vocabulary: frozenset[str],
    lang: str,
) -> list[Option]:
    noise = lexicon.option_noise(lang) | _names_of_sorts(lang) - vocabulary
    words = [word for word in every_word if word not in noise or (word in vocabulary and len(every_word) == 1)]
    wanted: list[str] = []
    for word in words:
        known = word in vocabulary or word in lexicon.EVERYTHING or _stem(word) in {_stem(each) for each in vocabulary}
        fixed = word if known else correct(word, vocabulary) or _misspelt(word, vocabulary)
        if fixed is None:
            return []
        wanted.append(fixed)
    # "all the lights in the kitchen" may be called "Kitchen lights": "all" counts where a name has it.
    without = [word for word in wanted if word not in lexicon.EVERYTHING]
    for attempt in (wanted, without):
        found = _best(attempt, options, forms, everything=len(without) < len(wanted)) if attempt else []
        if found:
            return found
    return []


def _names_of_sorts(lang: str) -> frozenset[str]:
    """Return the words that only say what sort of thing is chosen: "the Chinese restaurant"."""
    return lexicon.POSITION_NOUNS["en"] | lexicon.POSITION_NOUNS.get(lang, frozenset())


def _misspelt(word: str, vocabulary: Collection[str]) -> str | None:
    """Return the one name that is written by ear: "brasery" for "brasserie"."""
    near = [name for name in vocabulary if _sound(name) == _sound(word)] if len(word) > 4 else []
    return near[0] if len(near) == 1 else None


@lru_cache(maxsize=2048)
def _sound(word: str) -> str:
    for spelling, sound in _SPELLINGS:
        word = spelling.sub(sound, word)
    return word


def _best(
    wanted: list[str], options: Sequence[Option], forms: list[list[tuple[str, ...]]], *, everything: bool
) -> list[Option]:
    scores = [max((_score(wanted, form) for form in each), default=0.0) for each in forms]
    if max(scores) <= 0:
        # No single name holds all the words; together the names of one option may.
        forms = [[tuple(dict.fromkeys(word for form in each for word in form))] for each in forms]
        scores = [_score(wanted, each[0]) for each in forms]
    best = max(scores)
    if best <= 0:
        return []
    if best >= 0.95 or everything:
        return [option for score, option in zip(scores, options, strict=True) if score >= best - 0.02]
    # Short of a whole name the words fit every name they are part of: "the lamp" is any lamp, however long its name;
    # but not "All lamps", as long as something is called just so.
    exact = [any(set(wanted) <= set(form) for form in each) for each in forms]
    fitting = [score > 0 and (same or not any(exact)) for score, same in zip(scores, exact, strict=True)]
    return [option for fits, option in zip(fitting, options, strict=True) if fits]


def _by_chinese_words(text: str, options: Sequence[Option]) -> list[Option]:
    """Chinese has no spaces: what is left of the text without its small words must stand in the option."""
    said = re.findall(r"[^\W_]+", with_digits(lexicon.OPTION_NOISE_ZH.sub(" ", text)))
    said = [word for word in said if _HAN.search(word) or len(word) > 1 or word.isdigit()]
    if not said:
        return []
    names = [[with_digits(name).replace(" ", "") for name in _names(option)] for option in options]
    # The 2 of 2月 is not the 2 of 12月.
    patterns = [re.compile(rf"(?<!\d){re.escape(word)}" if word[0].isdigit() else re.escape(word)) for word in said]
    found = [
        option
        for option, each in zip(options, names, strict=True)
        if all(any(pattern.search(name) for name in each) for pattern in patterns)
    ]
    whole = [option for option, each in zip(options, names, strict=True) if "".join(said) in each]
    return whole or found


def by_position(text: str, options: Sequence[Option], lang: str) -> list[Option]:
    """Return the option that is named by its place and nothing else: "the second one", "the last", "number 2"."""
    if _HAN.search(text):
        return _by_chinese_position(with_digits(text.replace(" ", "")), options)
    tokens = _POSITION_TOKEN.findall(text)
    for word_lang in lexicon.tables(lang):
        picked = _position(tokens, len(options), word_lang, lang)
        if picked is not None:
            return [options[picked]] if 0 <= picked < len(options) else []
    return []


def _position(tokens: Sequence[str], count: int, word_lang: str, lang: str) -> int | None:
    """Return the index that is named; out of range where there are not so many; None where none is named."""
    rank: int | None = None
    noise = lexicon.option_noise(lang) | lexicon.option_noise(word_lang) | lexicon.POSITION_NOUNS[word_lang]
    index = 0
    while index < len(tokens):
        token = tokens[index]
        read = read_ordinal(tokens, index, word_lang)
        numbered = read_number(tokens, index, word_lang) if index and tokens[index - 1] in lexicon.NUMBERED else None
        named = None
        if token in lexicon.LAST[word_lang]:
            named, index = count, index + 1
        elif token in lexicon.MIDDLE[word_lang]:
            named, index = (count + 1) // 2 if count % 2 else count + 1, index + 1
        elif numbered and numbered[0].denominator == 1:
            named, index = int(numbered[0]), numbered[1]
        elif read:
            named, index = read
        elif token in noise:
            index += 1
        elif (meant := correct_ordinal(token, word_lang)) is not None:
            named, index = meant, index + 1
        else:
            return None
        if named is not None and rank is not None:
            return None
        rank = rank if named is None else named
    return None if rank is None else rank - 1


def _by_chinese_position(text: str, options: Sequence[Option]) -> list[Option]:
    if lexicon.LAST_ZH.match(text):
        return [options[-1]]
    if lexicon.MIDDLE_ZH.match(text):
        return [options[len(options) // 2]] if len(options) % 2 else []
    match = lexicon.POSITION_ZH.match(text)
    rank = int(match[1] or match[2]) if match else 0
    return [options[rank - 1]] if 1 <= rank <= len(options) else []


def bare_position(text: str, options: Sequence[Option], lang: str) -> list[Option]:
    """Return the option whose place is said as a number alone: "2", "two"."""
    tokens = [with_digits(text)] if _HAN.search(text) else _WORD.findall(text)
    for word_lang in lexicon.tables(lang):
        number = read_number(tokens, 0, word_lang)
        rank = ordinal(tokens[0], word_lang) if len(tokens) == 1 else None
        if number and number[1] == len(tokens) and number[0].denominator == 1:
            rank = int(number[0])
        if rank is not None and 1 <= rank <= len(options):
            return [options[rank - 1]]
    return []


def _words(text: str) -> list[str]:
    return [word.removesuffix("'s") for word in _WORD.findall(_SHORTENED.sub("", text))]


def _names(option: Option) -> list[str]:
    value = option.value.replace(".", " ").replace("_", " ").replace("-", " ") if isinstance(option.value, str) else ""
    return [normalise(name) for name in (option.text, *option.also, value) if name]


def _forms(option: Option, lang: str) -> list[tuple[str, ...]]:
    return [words for name in _names(option) if (words := _form(name, lang))]


@lru_cache(maxsize=2048)
def _form(name: str, lang: str) -> tuple[str, ...]:
    words, noise = _words(name), lexicon.option_noise(lang)
    return tuple(dict.fromkeys(word for word in words if word not in noise)) or tuple(words)


@lru_cache(maxsize=2048)
def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _score(wanted: Iterable[str], form: tuple[str, ...]) -> float:
    """1 when the form has all the wanted words and no other, less for words left over or of another number, 0 else."""
    stems = {_stem(word) for word in form}
    total = 0.0
    wanted = list(dict.fromkeys(wanted))
    for word in wanted:
        if word in form:
            total += 1.0
        elif _stem(word) in stems:
            total += 0.9
        else:
            return 0.0
    return total / max(len(form), len(wanted))
