"""Requests to translate: public sentences in wrappers of our own, and answers to what was left open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from agent.rows import Row
from agent.types import DialogueState
from training.corpora import PairRow, read_corpus
from training.tasks.common import Source, open_frame, understand
from training.tasks.phrases import load_phrases

TRANSLATE = "translation.translate"
_ASK: dict[str, list[str]] = load_phrases("translation")
_NAMES = {"de": "german", "fr": "french", "es": "spanish"}
# Of the languages that the skill offers beside English, by their codes.
OFFERED = ("english", *_NAMES.values())
_IN_GERMAN = {"german": "deutsch", "english": "englisch", "french": "französisch", "spanish": "spanisch"}
_QUOTES = (('"', '"'), ('"', '"'), ('"', '"'), ("'", "'"), ("“", "”"), ("„", "“"))
MAX_WORDS = 12
_ENGLISH_BEFORE = ("good luck", "thank you", "Where is the bank?")
_BEFORE = {
    "de": ("guten Tag", "Wie geht es dir?"),
    "fr": ("bonne nuit", "Comment ça va ?"),
    "es": ("buenos días", "¿Cómo estás?"),
}


def own_translation(source: Source) -> Iterator[Row]:
    """Tatoeba sentences in requests to translate, asked in English or German, and answers to what was left open."""
    seen: set[str] = set()
    for pairs in zip_longest(*(_shuffled(source, code) for code in _NAMES)):
        for code, pair in zip(_NAMES, pairs, strict=True):
            if pair is None or pair.src in seen or max(len(pair.src.split()), len(pair.tgt.split())) > MAX_WORDS:
                continue
            seen.add(pair.src)
            to_english = not source.keep(0.62)
            text, target = (pair.tgt, "english") if to_english else (pair.src, _NAMES[code])
            row = _translation_row(source, text, target, code)
            if row is not None:
                yield row


def _shuffled(source: Source, code: str) -> list[PairRow]:
    pairs = list(read_corpus(source.data, "tatoeba", f"en-{code}.{source.split}", PairRow))
    source.rng.shuffle(pairs)
    return pairs


def _translation_row(source: Source, text: str, target: str, code: str) -> Row | None:
    """Return one turn about the text: mostly a whole request, at times one that leaves something open.

    Args:
        source: of the random numbers.
        text: what is to be translated.
        target: the language to translate into.
        code: of the language beside English.
    """
    rng = source.rng
    form = rng.random()
    if form < 0.12:
        return _answer(source, text, target, code)
    if form < 0.15:
        wrapped, _ = _wrap(source, rng.choice(_ASK["to_language"]), text, rng.choice(_ASK["refused_languages"]))
        return understand(source, wrapped, ["refuse"], kind="out_of_scope")
    if form < 0.17:
        said, commands = rng.choice([(rng.choice(_ASK["neither"]), []), (rng.choice(_ASK["no_text"]), [target])])
        named = [f"set target {language}" for language in commands]
        return understand(source, said.format(t=_cased(source, target)), [f"start {TRANSLATE}", *named])
    wrapper, language = _wrapper(source, target, code) if form > 0.2 else (rng.choice(_ASK["no_target"]), "")
    wrapped, span = _wrap(source, wrapper, text, language)
    sets = ["set text {0}", f"set target {target}"] if language else ["set text {0}"]
    if -1 < wrapper.find("{t}") < max(wrapper.find("{x}"), wrapper.find("{q}")):
        # In the order of mention, as everywhere.
        sets.reverse()
    return understand(source, wrapped, [f"start {TRANSLATE}", *sets], [span])


def _answer(source: Source, text: str, target: str, code: str) -> Row | None:
    """Return a turn that goes on with a translation: the text, the language, or another text."""
    rng = source.rng
    form = rng.random()
    spoken = code if target == "english" else "en"
    if form < 0.45:
        state = open_frame(TRANSLATE, {"target": target} if source.keep(0.7) else {}, ask="text", last_reply="What?")
        return understand(source, text, ["set text @all"], state=state, kind="answer", lang=spoken)
    if form < 0.8:
        said = rng.choice(_ASK["target_answers"]).format(t=_cased(source, target), d=_cased(source, _IN_GERMAN[target]))
        state = open_frame(TRANSLATE, {"text": text}, ask="target", last_reply="Into which language?")
        return understand(source, said, [f"set target {target}"], state=state, kind="answer")
    before = rng.choice(_BEFORE[code] if target == "english" else _ENGLISH_BEFORE)
    frame = open_frame(TRANSLATE, {"text": before, "target": target}).active
    state = DialogueState(last_frame=frame, last_frame_turn=1, frames_opened=1, turns=1, last_reply="Done.")
    wrapped, span = _wrap(source, rng.choice(_ASK["another"]), text, target)
    return understand(source, wrapped, [f"start {TRANSLATE}", "set text {0}"], [span], state=state, kind="follow_up")


def _wrapper(source: Source, target: str, code: str) -> tuple[str, str]:
    """Return a wrapper and how it names the target language."""
    if source.keep(0.35 if target == "english" and code == "de" else 0.05):
        return source.rng.choice(_ASK["to_language_in_german"]), _IN_GERMAN[target]
    if target == "english" and source.keep(0.2):
        return source.rng.choice(_ASK["meaning"]).replace("{s}", _NAMES[code]), target
    return source.rng.choice(_ASK["to_language"]), target


def _cased(source: Source, language: str) -> str:
    return language.capitalize() if source.keep(0.5) else language


def _wrap(source: Source, wrapper: str, text: str, language: str) -> tuple[str, tuple[int, int]]:
    """Return the request and where the text stands in it.

    After a colon the text keeps its last mark; within a sentence and in quotation marks it mostly has none.
    """
    if not wrapper.endswith(": {x}") or source.keep(0.3):
        text = text.rstrip(" .!?…") or text
    left, right = source.rng.choice(_QUOTES)
    if left in text or right in text:
        left = right = ""
    before, _, after = wrapper.replace("{q}", f"{left}{{x}}{right}").partition("{x}")
    names = {"t": _cased(source, language), "i": f"{language.capitalize()}e"}
    start = before.format(**names)
    return start + text + after.format(**names), (len(start), len(start) + len(text))
