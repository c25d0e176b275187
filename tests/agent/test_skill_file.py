"""Reading SKILL.md files: what is legal, and every kind of mistake with its file and line, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import DeclarationError
from agent.skill_file import load_skill, load_skills

GOOD = """\
---
name: music
description: Plays songs. Use it when someone wants to hear one.
metadata:
  factotum-action: music
---

# Music

Play what the user names.

```yaml intents
play:
  description: the song
  required: [song]
  optional: [room]
  effect: true
  undo: true
```

```yaml slots
song:
  x-ask: Which song?
  x-examples: lexicon/songs.txt
room:
  enum: [kitchen, hall]
  x-names:
    kitchen: [Kitchen, galley]
  x-examples:
    any: [kitchen]
```

```jinja reply.play
Playing {{ facts.song }}.
```

```yaml utterances
play:
  - "play {song}"
  - "play {song} [in the {room=kitchen}]"
```

```yaml examples
- user: play Yesterday
  commands: [start music.play, set song Yesterday]
```
"""


def write(folder: Path, source: str, name: str = "music") -> Path:
    (folder / name).mkdir(exist_ok=True)
    (folder / "lexicon").mkdir(exist_ok=True)
    (folder / "lexicon" / "songs.txt").write_text("Yesterday\nHeroes\n\n", encoding="utf-8")
    (folder / name / "SKILL.md").write_text(source, encoding="utf-8")
    return folder / name


def problems(folder: Path, source: str, name: str = "music") -> list[str]:
    """Load and return the problems as "line: message", after checking that each names the file."""
    path = write(folder, source, name)
    with pytest.raises(DeclarationError) as caught:
        load_skill(path)
    assert all(problem.path == path / "SKILL.md" for problem in caught.value.problems)
    assert str(path / "SKILL.md") in str(caught.value)
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


def line_of(source: str, text: str) -> int:
    return next(number for number, line in enumerate(source.split("\n"), 1) if text in line)


def test_a_typed_skill_is_read_with_all_its_parts(tmp_path: Path) -> None:
    skill = load_skill(write(tmp_path, GOOD))
    intent = skill.intents["music.play"]
    assert (intent.required, intent.optional, intent.effect, intent.confirm) == (("song",), ("room",), True, False)
    assert skill.action == "music"
    assert skill.slots["song"].examples == ("Yesterday", "Heroes")
    assert skill.slots["room"].example_groups == {"any": ("kitchen",)}
    assert skill.slots["room"].names == {"kitchen": ("Kitchen", "galley")}
    assert skill.slots["room"].resolver == "choice"
    assert skill.replies == {"play": "Playing {{ facts.song }}."}
    assert len(skill.utterances["play"]) == 2
    assert skill.examples[0]["user"] == "play Yesterday"
    assert "Play what the user names." in skill.prose
    assert "yaml" not in skill.prose


def test_a_file_of_prose_alone_is_a_valid_skill(tmp_path: Path) -> None:
    source = "---\nname: tea\ndescription: How to make tea.\n---\n\n# Tea\n\n```python\nboil()\n```\nServe hot.\n"
    skill = load_skill(write(tmp_path, source, "tea"))
    assert (skill.intents, skill.action, skill.speaks) == ({}, "", False)
    assert "boil()" in skill.prose
    assert "Serve hot." in skill.prose


def test_a_hyphen_in_the_name_becomes_an_underscore(tmp_path: Path) -> None:
    source = "---\nname: smart-home\ndescription: Lights.\n---\nOn.\n"
    assert load_skill(write(tmp_path, source, "smart_home")).name == "smart_home"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"nowhere/SKILL\.md: not found"):
        load_skill(tmp_path / "nowhere")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    (path / "SKILL.md").write_bytes(b"---\nname: m\xff\n---\n")
    with pytest.raises(DeclarationError, match="not UTF-8"):
        load_skill(path)


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("# Music\n", 1, "expected front matter"),
        ("---\nname: music\n", 1, "not closed"),
        ("---\nname: music\ndescription: [\n---\n", 3, "not YAML"),
        ("---\njust words\n---\n", 2, "expected fields"),
        ("---\nname: Music!\ndescription: x\n---\n", 2, "'Music!'"),
        ("---\ndescription: x\nname: jazz\n---\n", 3, "the folder is 'music'"),
        ("---\nname: music\ndescription: ''\n---\n", 3, "description is missing, empty"),
        ("---\nname: music\nversion: 2\ndescription: x\n---\n", 3, "unknown front matter field 'version'"),
        ("---\nname: music\ndescription: x\nmetadata: 3\n---\n", 4, "expected a mapping"),
        ("---\nname: music\ndescription: x\n---\n```yaml intent\n```\n", 5, "unknown block 'intent'"),
        ("---\nname: music\ndescription: x\n---\n```jinja slots\n```\n", 5, "expected 'yaml'"),
        ("---\nname: music\ndescription: x\n---\n\n```yaml slots\na: 1\n", 6, "never closed"),
    ],
    ids=lambda value: "",
)
def test_a_mistake_in_the_frame_of_the_file_names_its_line(
    tmp_path: Path, source: str, line: int, message: str
) -> None:
    found = problems(tmp_path, source)
    assert any(each.startswith(f"{line}: ") and message in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("  effect: true", "  effects: true", "play:", "unknown key 'effects'"),
        ("  undo: true\n", "", "play:", "cannot be undone and does not confirm"),
        ("optional: [room]", "optional: [floor]", "play:", "names slot 'floor'"),
        ("  x-ask: Which song?\n", "", "play:", "has no x-ask question"),
        ("  effect: true", "  confirm: true", "", "no ```jinja reply.play.confirm"),
        ("  effect: true", "  generate: true", "```yaml intents", "no ```jinja prompt"),
        (
            "  effect: true",
            "  effect: true\n  beams: 4",
            "play:",
            "beams: 4; expected a number from 1 to 8, on an intent",
        ),
        ("  effect: true", "  effect: true\n  beams: 0", "play:", "beams: 0"),
        ("  effect: true", "  effect: true\n  beams: many", "play:", "beams: 'many'"),
        ("```jinja reply.play\n", "```jinja reply.stop\n", "```jinja reply.stop", "for no intent of this skill"),
        ("```jinja reply.play\n", "```jinja reply.play.later\n", "```jinja reply.play.later", "ends in 'later'"),
        ("  enum: [kitchen, hall]", "  enumm: [kitchen, hall]", "room:", "unknown key 'enumm'"),
        ("  enum: [kitchen, hall]", "  type: colour", "room:", "has type 'colour'"),
        ("lexicon/songs.txt", "lexicon/tunes.txt", "song:", "lexicon/tunes.txt"),
        ('"play {song}"', '"play {song"', '"play {song"', "cannot be read"),
        ('"play {song}"', '"play [a {song}"', '"play [a {song}"', "never closed"),
        ('"play {song}"', '"play {tune}"', '"play {tune}"', "uses slot 'tune'"),
        ("utterances\nplay:", "utterances\nstop:", "stop:", "no intent of this skill"),
        ('  - "play {song}"\n', "  - 3\n", "utterances", "not a list of sentence templates"),
        ("- user: play Yesterday", "- says: play Yesterday", "```yaml examples", "expected 'user:'"),
        ("song:\n", "song: [\n", "```yaml slots", "not YAML"),
    ],
    ids=lambda value: "",
)
def test_a_mistake_in_a_block_names_its_line(tmp_path: Path, old: str, new: str, at: str, message: str) -> None:
    assert old in GOOD
    source = GOOD.replace(old, new, 1)
    found = problems(tmp_path, source)
    matching = [each for each in found if message in each]
    assert matching, found
    if message in ("not YAML", "not a list of sentence templates"):
        # YAML reports where it gave up, which is at or after the mistake.
        assert int(matching[0].split(":")[0]) >= line_of(source, at)
    else:
        assert matching[0].startswith(f"{line_of(source, at) if at else 0}: "), matching


def test_a_second_block_of_a_label_names_the_first(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD + "\n```yaml slots\na: {}\n```\n")
    assert any("a second block 'slots'" in each and f"line {line_of(GOOD, '```yaml slots')}" in each for each in found)


def test_all_problems_of_a_file_come_at_once(tmp_path: Path) -> None:
    source = (
        GOOD.replace("  effect: true", "  effects: true")
        .replace("  enum: [kitchen, hall]", "  type: colour")
        .replace('"play {song}"', '"play {tune}"')
        .replace("license", "x")
        .replace("description: Plays", "colour: red\ndescription: Plays")
    )
    found = problems(tmp_path, source)
    assert len(found) >= 4
    for message in ("'effects'", "'colour'", "'tune'", "front matter field"):
        assert any(message in each for each in found), (message, found)


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("  effect: true", "  effects: true"))
    write(tmp_path, "# no front matter\n", "tea")
    with pytest.raises(DeclarationError) as caught:
        load_skills([tmp_path])
    assert {problem.path.parent.name for problem in caught.value.problems} == {"music", "tea"}


def test_the_first_folder_wins_where_two_have_a_skill(tmp_path: Path) -> None:
    for parent in ("mine", "builtin"):
        (tmp_path / parent).mkdir()
        write(tmp_path / parent, GOOD.replace("Plays songs", f"Plays {parent} songs"))
    skills = load_skills([tmp_path / "mine", tmp_path / "builtin"])
    assert skills["music"].description.startswith("Plays mine songs")


def test_the_signature_changes_with_the_shape_of_an_intent_and_not_with_its_wording(tmp_path: Path) -> None:
    before = load_skill(write(tmp_path, GOOD)).signature("music.play")
    reworded = load_skill(write(tmp_path, GOOD.replace("Which song?", "What shall I play?"))).signature("music.play")
    changed = load_skill(write(tmp_path, GOOD.replace("[kitchen, hall]", "[kitchen, loft]"))).signature("music.play")
    assert before == reworded
    assert before != changed
