"""Requests to translate: public sentences in wrappers of our own, and answers to what was left open."""

from __future__ import annotations

from collections.abc import Iterator

from agent.rows import Row
from agent.types import DialogueState
from training.corpora import PairRow, read_corpus
from training.tasks.common import Source, open_frame, understand
from training.tasks.phrases import load_phrases

TRANSLATE = "translation.translate"
_ASK: dict[str, list[str]] = load_phrases("translation")
_NATIVE = {"german": "deutsch", "english": "englisch"}
_INTO = {"german": "Deutsche", "english": "Englische"}
_QUOTES = (('"', '"'), ('"', '"'), ('"', '"'), ("'", "'"), ("“", "”"), ("„", "“"))
MAX_WORDS = 12


_BEFORE = {"german": ("good luck", "thank you", "Where is the bank?"), "english": ("guten Tag", "Wie geht es dir?")}


def own_translation(source: Source) -> Iterator[Row]:
    """Tatoeba sentences in requests to translate, asked in English or German, and answers to what was left open."""
    pairs = list(read_corpus(source.data, "tatoeba", f"en-de.{source.split}", PairRow))
    source.rng.shuffle(pairs)
    seen: set[str] = set()
    for pair in pairs:
        if pair.src in seen or max(len(pair.src.split()), len(pair.tgt.split())) > MAX_WORDS:
            continue
        seen.add(pair.src)
        to_german = source.keep(0.62)
        text = pair.src if to_german else pair.tgt
        row = _translation_row(source, text, "german" if to_german else "english")
        if row is not None:
            yield row


def _translation_row(source: Source, text: str, target: str) -> Row | None:
    """Return one turn about the text: mostly a whole request, at times one that leaves something open."""
    rng = source.rng
    form = rng.random()
    if form < 0.12:
        return _answer(source, text, target)
    if form < 0.15:
        wrapped, _ = _wrap(source, rng.choice(_ASK["to_language"]), text, rng.choice(_ASK["refused_languages"]))
        return understand(source, wrapped, ["refuse"], kind="out_of_scope")
    if form < 0.17:
        said, commands = rng.choice([(rng.choice(_ASK["neither"]), []), (rng.choice(_ASK["no_text"]), [target])])
        named = [f"set target {language}" for language in commands]
        return understand(source, said.format(t=_cased(source, target)), [f"start {TRANSLATE}", *named])
    wrapper, language = _wrapper(source, target) if form > 0.2 else (rng.choice(_ASK["no_target"]), "")
    wrapped, span = _wrap(source, wrapper, text, language)
    sets = ["set text {0}", f"set target {target}"] if language else ["set text {0}"]
    if -1 < wrapper.find("{t}") < max(wrapper.find("{x}"), wrapper.find("{q}")):
        # In the order of mention, as everywhere.
        sets.reverse()
    return understand(source, wrapped, [f"start {TRANSLATE}", *sets], [span])


def _answer(source: Source, text: str, target: str) -> Row | None:
    """Return a turn that goes on with a translation: the text, the language, or another text."""
    rng = source.rng
    form = rng.random()
    if form < 0.45:
        state = open_frame(TRANSLATE, {"target": target} if source.keep(0.7) else {}, ask="text", last_reply="What?")
        return understand(source, text, ["set text @all"], state=state, kind="answer", lang=_spoken(target))
    if form < 0.8:
        said = rng.choice(_ASK["target_answers"]).format(t=_cased(source, target), d=_cased(source, _NATIVE[target]))
        state = open_frame(TRANSLATE, {"text": text}, ask="target", last_reply="Into which language?")
        return understand(source, said, [f"set target {target}"], state=state, kind="answer")
    frame = open_frame(TRANSLATE, {"text": rng.choice(_BEFORE[target]), "target": target}).active
    state = DialogueState(last_frame=frame, last_frame_turn=1, frames_opened=1, turns=1, last_reply="Done.")
    wrapped, span = _wrap(source, rng.choice(_ASK["another"]), text, target)
    return understand(source, wrapped, [f"start {TRANSLATE}", "set text {0}"], [span], state=state, kind="follow_up")


def _spoken(target: str) -> str:
    return "en" if target == "german" else "de"


def _wrapper(source: Source, target: str) -> tuple[str, str]:
    """Return a wrapper and how it names the target language."""
    if source.keep(0.35 if target == "english" else 0.05):
        return source.rng.choice(_ASK["to_language_in_german"]), _NATIVE[target]
    if target == "english" and source.keep(0.2):
        return source.rng.choice(_ASK["meaning"]), target
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
    into = next((_INTO[target] for target, name in _NATIVE.items() if name == language), "")
    names = {"t": _cased(source, language), "i": into}
    start = before.format(**names)
    return start + text + after.format(**names), (len(start), len(start) + len(text))
