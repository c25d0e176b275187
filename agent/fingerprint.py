"""What a model was trained for, written beside its weights and compared at start-up.

A tuned model whose prompts, command language or tokenizer drift from the library's answers with nonsense, or with calls
that never run. So the model folder carries digests of what training used; the library compares them with what it
would serve and refuses loudly. Probe prompts are rendered and digested, not only version numbers: a change that
nobody counted up is found too.

Knows files and the renderer; loads neither torch nor a tokenizer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.catalogue import Catalogue
from agent.commands import COMMAND_LANGUAGE_VERSION
from agent.declaration import Intent, Skill, Slot
from agent.errors import ModelNotUsable
from agent.grammar import GRAMMAR_VERSION, build_grammar
from agent.prompting import TEMPLATE_VERSION, render_speak, render_understand
from agent.types import DialogueState, Frame, Option, Pending, SlotValue

FINGERPRINT_FILE = "fingerprint.json"
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"


class Fingerprint(BaseModel):
    """What the model was trained with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    template_version: int
    template_digest: str
    # Of rendered probe prompts.
    command_language_version: int
    grammar_version: int
    grammar_digest: str
    # Of a probe grammar.
    tokenizer_sha256: str
    model_sha256: str
    # Of model.safetensors; compared by `check_weights`, since reading tens of megabytes is not for every start.
    model_bytes: int
    # Its size, compared at every start: a truncated file is found without reading it.
    trained_on: Mapping[str, str]
    # Intent, or `say SKILL`, to the signature it had in training (Catalogue.signatures).


def write_fingerprint(model_dir: Path, catalogue: Catalogue) -> Fingerprint:
    """Write the fingerprint of a model that was just trained on ``catalogue``.

    Raises:
        ModelNotUsable: the folder lacks the weights or the tokenizer.
    """
    trained = Fingerprint(
        template_version=TEMPLATE_VERSION,
        template_digest=_template_digest(),
        command_language_version=COMMAND_LANGUAGE_VERSION,
        grammar_version=GRAMMAR_VERSION,
        grammar_digest=_grammar_digest(),
        tokenizer_sha256="",
        model_sha256="",
        model_bytes=0,
        trained_on=dict(sorted(catalogue.signatures.items())),
    )
    return stamp_files(model_dir, trained)


def stamp_files(model_dir: Path, trained: Fingerprint) -> Fingerprint:
    """Write a model's fingerprint with the digests of the files that lie in the folder now.

    For a copy of a model whose weights are stored in another precision: what it was trained with stays the same.

    Raises:
        ModelNotUsable: the folder lacks the weights or the tokenizer.
    """
    weights, tokenizer = _file(model_dir, WEIGHTS_FILE), _file(model_dir, TOKENIZER_FILE)
    files = {
        "tokenizer_sha256": _sha256(tokenizer),
        "model_sha256": _sha256(weights),
        "model_bytes": weights.stat().st_size,
    }
    fingerprint = trained.model_copy(update=files)
    (model_dir / FINGERPRINT_FILE).write_text(fingerprint.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return fingerprint


def read_fingerprint(model_dir: Path) -> Fingerprint:
    """Read a model's fingerprint.

    Raises:
        ModelNotUsable: there is none, or it is not one of this version.
    """
    path = _file(model_dir, FINGERPRINT_FILE)
    try:
        return Fingerprint.model_validate_json(path.read_bytes())
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'file'}: {item['msg']}" for item in error.errors()
        )
        raise ModelNotUsable(f"{path} is not a fingerprint ({reasons}); {_NEXT}") from None


def check_fingerprint(model_dir: Path, catalogue: Catalogue) -> frozenset[str]:
    """Check that a model fits this library, and return what need not be listed in its prompts.

    Returns:
        Intents and ``say SKILL`` entries of the catalogue that the model was trained on with the same signature.

    Raises:
        ModelNotUsable: naming everything that differs.
    """
    if not model_dir.is_dir():
        raise ModelNotUsable(f"model folder {str(model_dir)!r} not found; {_NEXT}")
    fingerprint = read_fingerprint(model_dir)
    differences = [
        f"{what}: the model has {given!r}, this library {expected!r}"
        for what, given, expected in (
            ("prompt template version", fingerprint.template_version, TEMPLATE_VERSION),
            ("rendered prompts", fingerprint.template_digest, _template_digest()),
            ("command language version", fingerprint.command_language_version, COMMAND_LANGUAGE_VERSION),
            ("grammar version", fingerprint.grammar_version, GRAMMAR_VERSION),
            ("command grammar", fingerprint.grammar_digest, _grammar_digest()),
        )
        if given != expected
    ]
    found = _sha256(_file(model_dir, TOKENIZER_FILE))
    if found != fingerprint.tokenizer_sha256:
        differences.append(
            f"{TOKENIZER_FILE}: trained with {fingerprint.tokenizer_sha256[:12]}, the folder has {found[:12]}"
        )
    weights = model_dir / WEIGHTS_FILE
    if weights.is_file() and weights.stat().st_size != fingerprint.model_bytes:
        size = weights.stat().st_size
        differences.append(
            f"{WEIGHTS_FILE}: expected {fingerprint.model_bytes} bytes, found {size} (truncated or replaced)"
        )
    if differences:
        lines = "".join(f"\n  {difference}" for difference in differences)
        raise ModelNotUsable(f"the model in {str(model_dir)!r} does not fit this library:{lines}\n{_NEXT}")
    return frozenset(
        name for name, digest in catalogue.signatures.items() if fingerprint.trained_on.get(name) == digest
    )


def check_weights(model_dir: Path) -> None:
    """Read the weights and compare their digest.

    Raises:
        ModelNotUsable: they are not those the fingerprint was written for.
    """
    expected, found = read_fingerprint(model_dir).model_sha256, _sha256(_file(model_dir, WEIGHTS_FILE))
    if expected != found:
        raise ModelNotUsable(f"{model_dir / WEIGHTS_FILE} has digest {found[:12]}, expected {expected[:12]}; {_NEXT}")


_NEXT = "use the bundled model (leave the model setting out), or train one: python -m training train, then release"


def _file(model_dir: Path, name: str) -> Path:
    path = model_dir / name
    if not path.is_file():
        raise ModelNotUsable(f"{path} not found; expected a folder made by `python -m training release`; {_NEXT}")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_PROBE_SKILL = Skill(
    name="probe",
    description="Tries the renderer.",
    path=Path("probe"),
    intents={
        "probe.book": Intent("probe.book", "probe", "book a thing", required=("place", "time"), optional=("kind",)),
        "probe.say_it": Intent("probe.say_it", "probe", required=("text",)),
    },
    slots={
        "place": Slot("place"),
        "time": Slot("time"),
        "kind": Slot("kind", enum=("small", "large")),
        "text": Slot("text", whole=True),
    },
    prompt="say {{ text }}",
    utterances={"say": ("probe",)},
)


def _probe_states() -> list[DialogueState]:
    place = SlotValue(raw="the old mill", value="mill", text="The Old Mill")
    frame = Frame(frame_id=1, intent="probe.book", slots={"place": place})
    below = Frame(frame_id=2, intent="probe.say_it")
    options = (Option(value=1, text="one"), Option(value=2, text="two"))
    return [
        DialogueState(),
        DialogueState(stack=(frame,), pending=Pending(kind="slot", frame_id=1, slot="time"), last_reply="When?"),
        DialogueState(stack=(below, frame), pending=Pending(kind="confirm", frame_id=1), last_receipt_id="r"),
        DialogueState(stack=(frame,), pending=Pending(kind="choice", frame_id=1, slot="kind", options=options)),
        DialogueState(last_frame=frame, last_receipt_id="r", last_reply="Done.", before=DialogueState()),
        DialogueState(pending=Pending(kind="clarify", frame_id=0, options=options)),
    ]


_PROBE_TEXTS = ('Book "the old mill", at 7:30 pm!', "say  <|end|> naïve\tcafé (twice)", "订明天7点的桌子")


@cache
def _template_digest() -> str:
    catalogue = Catalogue.of([_PROBE_SKILL])
    digest = hashlib.sha256()
    for state in _probe_states():
        for text in _PROBE_TEXTS:
            for known in ((), ("probe.book", "say probe")):
                prompt = render_understand(catalogue, state, text, trained_on=known, last_reply=state.last_reply)
                digest.update(prompt.text.encode() + b"\0")
    for text in _PROBE_TEXTS:
        digest.update(render_speak(_PROBE_SKILL, {"text": text}).text.encode() + b"\0")
    return digest.hexdigest()[:16]


@cache
def _grammar_digest() -> str:
    catalogue = Catalogue.of([_PROBE_SKILL])
    digest = hashlib.sha256()
    for state in _probe_states():
        for text in _PROBE_TEXTS:
            digest.update(build_grammar(catalogue, state, text).encode() + b"\0")
    return digest.hexdigest()[:16]
