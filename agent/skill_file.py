"""Reads a skill's declaration: one folder with one SKILL.md, checked, every problem with its file and line.

A SKILL.md follows the Agent Skills standard (front matter with six fields, then prose). What makes the
skill typed, trainable and testable stands in labelled fenced blocks of the body:

    ```yaml intents         which slots each intent needs, whether it confirms, acts, can be undone
    ```yaml slots           a JSON Schema subset with x-ask, x-resolver, x-choices-from, x-value, x-examples
    ```jinja prompt         the skill's own prompt for free text
    ```jinja reply.<intent> and reply.<intent>.confirm / .empty / .error
    ```yaml utterances      sentence templates per intent
    ```yaml examples        turns and dialogues with the commands that are expected

A file with prose alone is a valid, instruction-only skill. This module knows files and nothing else: no
model, no store, no action code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agent.declaration import Intent, Skill, Slot
from agent.errors import DeclarationError, Problem
from agent.sentences import holes

FRONT_MATTER_FIELDS = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
BLOCK_LABELS = ("intents", "slots", "prompt", "utterances", "examples", "fallback")
_NAME = re.compile(r"^[a-z0-9](?:[a-z0-9]|[-_](?=[a-z0-9]))*$")
_FENCE = re.compile(r"^(`{3,}|~{3,})\s*(\S+)?\s*(\S+)?\s*$")
_INTENT_KEYS = {"description", "required", "optional", "confirm", "effect", "undo", "generate", "beams"}
_MOST_BEAMS = 8
_SLOT_KEYS = {
    "type", "description", "enum", "minimum", "maximum", "default", "x-ask", "x-resolver", "x-choices-from", "x-value",
    "x-examples", "x-names", "x-carry", "x-vary-numbers", "x-vary-words",
}  # fmt: skip


@dataclass
class _Block:
    language: str
    label: str
    line: int
    # Line of the opening fence, 1-based.
    text: str


def load_skill(folder: Path) -> Skill:
    """Read ``folder/SKILL.md``.

    Raises:
        DeclarationError: with every problem found.
    """
    path = folder / "SKILL.md"
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DeclarationError([Problem(path, 0, "not found; a skill folder holds one SKILL.md")]) from None
    except UnicodeDecodeError as error:
        raise DeclarationError([Problem(path, 0, f"is not UTF-8 text ({error})")]) from None
    return _Reader(path, source).read()


def load_skills(folders: Iterable[Path]) -> dict[str, Skill]:
    """Read every skill folder directly below the given folders; the first of a name wins.

    Raises:
        DeclarationError: with the problems of all files.
    """
    skills: dict[str, Skill] = {}
    problems: list[Problem] = []
    for parent in folders:
        for path in sorted(parent.glob("*/SKILL.md")):
            try:
                skill = load_skill(path.parent)
            except DeclarationError as error:
                problems.extend(error.problems)
            else:
                skills.setdefault(skill.name, skill)
    if problems:
        raise DeclarationError(problems)
    return skills


class _Reader:
    """Reads one file and collects problems on the way."""

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self.source = source
        self.problems: list[Problem] = []

    def fail(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.path, line, message))

    def read(self) -> Skill:
        header, body_start = self._front_matter()
        blocks, prose = self._blocks(body_start)
        name = str(header.get("name", ""))
        slots = self._slots(blocks.get("slots"))
        intents = self._intents(blocks.get("intents"), name, slots)
        replies = self._replies(blocks, intents, name)
        utterances = self._utterances(blocks.get("utterances"), intents, slots, name)
        examples = self._examples(blocks.get("examples"))
        fallback = self._yaml(blocks["fallback"], list) if "fallback" in blocks else []
        prompt = blocks["prompt"].text.strip() if "prompt" in blocks else ""
        if any(intent.generate for intent in intents.values()) and not prompt:
            self.fail(blocks["intents"].line, "an intent has generate: true but the file has no ```jinja prompt block")
        if self.problems:
            raise DeclarationError(self.problems)
        metadata = header.get("metadata") or {}
        return Skill(
            name=name,
            description=str(header["description"]).strip(),
            path=self.path,
            prose=prose,
            action=str(metadata.get("factotum-action", "")),
            intents=intents,
            slots=slots,
            prompt=prompt,
            replies=replies,
            utterances=utterances,
            examples=tuple(examples),
            fallback=tuple(str(item) for item in fallback),
        )

    def _front_matter(self) -> tuple[dict[str, Any], int]:
        lines = self.source.split("\n")
        if not lines or lines[0].strip() != "---":
            self.fail(1, "expected front matter: a line '---', then name and description, then '---'")
            raise DeclarationError(self.problems)
        end = next((number for number in range(1, len(lines)) if lines[number].strip() == "---"), None)
        if end is None:
            self.fail(1, "the front matter is not closed; expected a second line '---'")
            raise DeclarationError(self.problems)
        try:
            header = yaml.safe_load("\n".join(lines[1:end]))
        except yaml.YAMLError as error:
            self.fail(_yaml_line(error, 2), f"the front matter is not YAML: {_yaml_reason(error)}")
            raise DeclarationError(self.problems) from None
        if not isinstance(header, dict):
            self.fail(2, f"the front matter is {header!r}; expected fields such as 'name: weather'")
            raise DeclarationError(self.problems)
        for key in header:
            if key not in FRONT_MATTER_FIELDS:
                line = self._line_of(lines, 1, end, str(key))
                self.fail(
                    line, f"unknown front matter field {key!r}; the standard has {', '.join(FRONT_MATTER_FIELDS)}"
                )
        name = header.get("name")
        if not isinstance(name, str) or not _NAME.match(name) or len(name) > 64:
            line = self._line_of(lines, 1, end, "name")
            self.fail(line, f"name is {name!r}; expected lower-case letters, digits and single hyphens, at most 64")
        elif name not in (self.path.parent.name, self.path.parent.name.replace("_", "-")):
            line = self._line_of(lines, 1, end, "name")
            self.fail(line, f"name is {name!r} but the folder is {self.path.parent.name!r}; rename one of them")
        description = header.get("description")
        if not isinstance(description, str) or not 0 < len(description.strip()) <= 1024:
            line = self._line_of(lines, 1, end, "description")
            self.fail(line, "description is missing, empty or over 1024 characters; say what the skill does and when")
        metadata = header.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            self.fail(self._line_of(lines, 1, end, "metadata"), f"metadata is {metadata!r}; expected a mapping")
            header["metadata"] = {}
        if isinstance(name, str):
            # The standard writes hyphens; commands and Python modules are spelled with underscores.
            header["name"] = name.replace("-", "_")
        return header, end + 1

    @staticmethod
    def _line_of(lines: list[str], start: int, end: int, key: str) -> int:
        return next((n + 1 for n in range(start, end) if lines[n].startswith(f"{key}:")), start + 1)

    def _blocks(self, start: int) -> tuple[dict[str, _Block], str]:
        blocks: dict[str, _Block] = {}
        prose: list[str] = []
        fence, block, held = "", None, []
        for number, line in enumerate(self.source.split("\n")[start:], start + 1):
            if fence:
                if line.strip() == fence:
                    if block is not None:
                        block.text = "\n".join(held)
                    fence, block = "", None
                elif block is not None:
                    held.append(line)
                    continue
                if block is None and line.strip() != fence:
                    prose.append(line)
                continue
            match = _FENCE.match(line)
            if match is None:
                prose.append(line)
                continue
            fence, language, label = match.group(1), match.group(2) or "", match.group(3) or ""
            known = label in BLOCK_LABELS or label.startswith("reply.")
            if not known:
                if label and language in ("yaml", "jinja"):
                    self.fail(number, f"unknown block {label!r}; expected {', '.join(BLOCK_LABELS)} or reply.<intent>")
                prose.append(line)
                continue
            if label in blocks:
                self.fail(number, f"a second block {label!r}; the first is at line {blocks[label].line}")
            expected = "jinja" if label == "prompt" or label.startswith("reply.") else "yaml"
            if language != expected:
                self.fail(number, f"block {label!r} is marked {language!r}; expected {expected!r}")
            block, held = _Block(language, label, number, ""), []
            blocks[label] = block
        if fence:
            self.fail(block.line if block else len(prose), f"a block is opened with {fence} and never closed")
        return blocks, "\n".join(prose).strip()

    def _yaml(self, block: _Block, kind: type) -> Any:
        try:
            value = yaml.safe_load(block.text)
        except yaml.YAMLError as error:
            self.fail(_yaml_line(error, block.line + 1), f"block {block.label!r} is not YAML: {_yaml_reason(error)}")
            return kind()
        if value is None:
            return kind()
        if not isinstance(value, kind):
            expected = "a mapping" if kind is dict else "a list"
            self.fail(block.line, f"block {block.label!r} is {type(value).__name__}; expected {expected}")
            return kind()
        return value

    def _key_line(self, block: _Block, key: str) -> int:
        for offset, line in enumerate(block.text.split("\n"), 1):
            if re.match(rf"\s*{re.escape(key)}\s*:", line):
                return block.line + offset
        return block.line

    def _text_line(self, block: _Block, text: str) -> int | None:
        lines = enumerate(block.text.split("\n"), block.line + 1)
        return next((number for number, line in lines if text in line), None)

    def _slots(self, block: _Block | None) -> dict[str, Slot]:
        slots: dict[str, Slot] = {}
        if block is None:
            return slots
        for name, given in self._yaml(block, dict).items():
            line = self._key_line(block, str(name))
            if not isinstance(given, dict):
                self.fail(line, f"slot {name!r} is {given!r}; expected a mapping such as 'type: string'")
                continue
            if not re.match(r"^[a-z][a-z0-9_]*$", str(name)):
                self.fail(line, f"slot name {name!r}; expected lower-case letters, digits and underscores")
            for key in given:
                if key not in _SLOT_KEYS:
                    self.fail(line, f"slot {name!r} has unknown key {key!r}; expected {', '.join(sorted(_SLOT_KEYS))}")
            if given.get("type", "string") not in ("string", "integer", "number", "boolean"):
                self.fail(
                    line, f"slot {name!r} has type {given['type']!r}; expected string, integer, number or boolean"
                )
            samples = given.get("x-examples", ())
            groups = {
                str(group): self._sample_values(values, line)
                for group, values in (samples if isinstance(samples, dict) else {"": samples}).items()
            }
            slots[str(name)] = Slot(
                name=str(name),
                description=str(given.get("description", "")),
                type=str(given.get("type", "string")),
                enum=tuple(str(value) for value in given.get("enum", ())),
                names={str(k): tuple(str(v) for v in vs) for k, vs in (given.get("x-names") or {}).items()},
                minimum=given.get("minimum"),
                maximum=given.get("maximum"),
                default=given.get("default"),
                ask=str(given.get("x-ask", "")),
                resolver=str(given.get("x-resolver", "choice" if given.get("enum") else "text")),
                choices_from=str(given.get("x-choices-from", "")),
                whole=given.get("x-value") == "whole",
                carry=bool(given.get("x-carry", False)),
                examples=tuple(value for values in groups.values() for value in values),
                example_groups=groups,
                vary_numbers=bool(given.get("x-vary-numbers", False)),
                vary_words=bool(given.get("x-vary-words", False)),
            )
        return slots

    def _sample_values(self, given: Any, line: int) -> tuple[str, ...]:
        if isinstance(given, str):
            # A file of one value a line beside the skills: "lexicon/cities.txt".
            path = self.path.parent.parent / given
            if not path.is_file():
                self.fail(line, f"x-examples names {given!r}, which is not at {path}")
                return ()
            return tuple(value for value in path.read_text(encoding="utf-8").split("\n") if value.strip())
        if not isinstance(given, list | tuple):
            self.fail(line, f"x-examples holds {given!r}; expected a list of values or the name of a lexicon file")
            return ()
        return tuple(str(value) for value in given)

    def _intents(self, block: _Block | None, skill: str, slots: Mapping[str, Slot]) -> dict[str, Intent]:
        intents: dict[str, Intent] = {}
        if block is None:
            return intents
        for name, given in self._yaml(block, dict).items():
            line = self._key_line(block, str(name))
            given = given or {}
            if not isinstance(given, dict):
                self.fail(line, f"intent {name!r} is {given!r}; expected a mapping such as 'required: [place]'")
                continue
            if not re.match(r"^[a-z][a-z0-9_]*$", str(name)):
                self.fail(line, f"intent name {name!r}; expected lower-case letters, digits and underscores")
            for key in given:
                if key not in _INTENT_KEYS:
                    expected = ", ".join(sorted(_INTENT_KEYS))
                    self.fail(line, f"intent {name!r} has unknown key {key!r}; expected {expected}")
            required = tuple(str(slot) for slot in given.get("required") or ())
            optional = tuple(str(slot) for slot in given.get("optional") or ())
            for slot in required + optional:
                if slot not in slots:
                    known = ", ".join(slots) or "no slots at all"
                    self.fail(line, f"intent {name!r} names slot {slot!r}, which ```yaml slots lacks; it has {known}")
            for slot in required:
                if slot in slots and not slots[slot].ask:
                    self.fail(line, f"slot {slot!r} is required by intent {name!r} but has no x-ask question")
            if given.get("effect") and not given.get("undo") and not given.get("confirm"):
                self.fail(
                    line,
                    f"intent {name!r} has an effect that cannot be undone and does not confirm; what cannot be "
                    "undone must say so before it acts: add 'confirm: true' with its reply block, or 'undo: true'",
                )
            beams = given.get("beams", 1)
            if type(beams) is not int or not 1 <= beams <= _MOST_BEAMS or (beams > 1 and not given.get("generate")):
                self.fail(
                    line,
                    f"intent {name!r} has beams: {beams!r}; expected a number from 1 to {_MOST_BEAMS}, on an intent "
                    "with generate: true",
                )
                beams = 1
            full_name = f"{skill}.{name}"
            intents[full_name] = Intent(
                name=full_name,
                skill=skill,
                description=str(given.get("description", "")),
                required=required,
                optional=optional,
                confirm=bool(given.get("confirm", False)),
                effect=bool(given.get("effect", False)),
                undo=bool(given.get("undo", False)),
                generate=bool(given.get("generate", False)),
                beams=beams,
            )
        return intents

    def _replies(self, blocks: Mapping[str, _Block], intents: Mapping[str, Intent], skill: str) -> dict[str, str]:
        replies: dict[str, str] = {}
        for label, block in blocks.items():
            if not label.startswith("reply."):
                continue
            key = label.removeprefix("reply.")
            short, _, part = key.partition(".")
            if f"{skill}.{short}" not in intents and short != "say":
                known = ", ".join(name.partition(".")[2] for name in intents)
                self.fail(block.line, f"block {label!r} is for no intent of this skill; it has {known or 'none'}")
            if part not in ("", "confirm", "empty", "error", "undo"):
                self.fail(block.line, f"block {label!r} ends in {part!r}; expected confirm, empty, error or undo")
            replies[key] = block.text.strip()
        for name, intent in intents.items():
            short = name.partition(".")[2]
            if intent.confirm and f"{short}.confirm" not in replies:
                self.fail(0, f"intent {short!r} confirms but there is no ```jinja reply.{short}.confirm block")
            if short not in replies and not intent.generate:
                self.fail(0, f"intent {short!r} has no ```jinja reply.{short} block and does not generate text")
        return replies

    def _utterances(
        self, block: _Block | None, intents: Mapping[str, Intent], slots: Mapping[str, Slot], skill: str
    ) -> dict[str, tuple[str, ...]]:
        utterances: dict[str, tuple[str, ...]] = {}
        if block is None:
            return utterances
        for name, given in self._yaml(block, dict).items():
            line = self._key_line(block, str(name))
            if name != "say" and f"{skill}.{name}" not in intents:
                self.fail(line, f"utterances for {name!r}, which is no intent of this skill")
            if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
                self.fail(line, f"utterances of {name!r} are not a list of sentence templates")
                continue
            for template in given:
                where = self._text_line(block, template) or line
                try:
                    used = holes(template)
                except ValueError as error:
                    self.fail(where, f"the template {template!r} cannot be read: {error}")
                    continue
                for hole in used:
                    if hole.name not in slots:
                        self.fail(
                            where, f"the template {template!r} uses slot {hole.name!r}, which ```yaml slots lacks"
                        )
            utterances[str(name)] = tuple(given)
        return utterances

    def _examples(self, block: _Block | None) -> list[Mapping[str, Any]]:
        if block is None:
            return []
        examples: list[Mapping[str, Any]] = self._yaml(block, list)
        for number, example in enumerate(examples, 1):
            if not isinstance(example, dict) or not ({"user", "dialogue"} & set(example)):
                self.fail(
                    block.line, f"example {number} is {example!r}; expected 'user:' and 'commands:', or 'dialogue:'"
                )
        return examples


def _yaml_line(error: yaml.YAMLError, first_line: int) -> int:
    mark = getattr(error, "problem_mark", None)
    return first_line + (mark.line if mark else 0)


def _yaml_reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).split("\n")[0]
