"""`factotum skills test` and the collision report: they must be able to find something."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.backends.scripted import ScriptedBackend
from agent.catalogue import Catalogue
from agent.cli import app
from agent.collisions import collisions
from agent.discovery import load_catalogue
from agent.errors import BackendUnavailable, DeclarationError
from agent.skill_file import load_skill
from agent.testing.examples import Rehearsal, rehearse

TIDES = """---
name: tides
description: Tells the tides.
metadata:
  factotum-action: nobody-has-installed-this
---
Tell the tides.

```yaml intents
tell:
  description: the tide table
  required: [harbour, day]
  optional: [unit]
  confirm: true
  effect: true
  undo: true
```

```yaml slots
harbour:
  x-resolver: choice
  x-choices-from: action
  x-ask: For which harbour?
day:
  x-resolver: date
  x-ask: For which day?
unit:
  enum: [feet, metres]
```

```jinja reply.tell
High water is at {{ facts.high }}.
```

```jinja reply.tell.confirm
Shall I look up {{ slots.harbour.text }}?
```

```yaml utterances
tell:
  - "tides at {harbour} [{day}]"
  - "(tide|tides) {day}"
  - "{harbour}"
```

```yaml examples
- user: tides tomorrow
  commands: [start tides.tell, set day tomorrow]
- dialogue:
    - user: tides please
      commands: [start tides.tell]
      asks: harbour
      offers: [Hull, Whitby]
    - user: the second
      commands: [choose 2]
      asks: day
    - user: friday
      commands: [set day friday]
      asks: confirm
    - user: yes
      commands: [confirm]
    - user: undo that
      commands: [undo]
```
"""
SURF = """---
name: surf
description: Tells how the surf is.
---
Tell the surf.

```yaml intents
tell:
  generate: true
```

```jinja prompt
surf
```

```yaml utterances
tell:
  - "how is the surf"
  - "EXTRA"
```

```yaml examples
- user: EXAMPLE
  commands: [start surf.tell]
```
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.mkdir(parents=True)
    (path / "SKILL.md").write_text(text)
    return path


def catalogue(tmp_path: Path, **texts: str) -> Catalogue:
    return Catalogue.of(load_skill(write(tmp_path, name, text)) for name, text in texts.items())


async def rehearsed(tmp_path: Path, text: str, model: ScriptedBackend | None = None) -> Rehearsal:
    skills = catalogue(tmp_path, tides=text)
    return await rehearse(skills, list(skills.skills.values()), model)


async def test_examples_that_go_as_the_file_says_have_no_problems(tmp_path: Path) -> None:
    played = await rehearsed(tmp_path, TIDES)
    assert (played.problems, played.examples, played.turns) == ([], 2, 6)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("set day tomorrow", "set day friday", "not legal in this state"),
        ("start tides.tell, set", "start tides.show, set", "not legal in this state"),
        ("asks: harbour", "asks: day", "expected the open question {'slot': 'day'"),
        ("asks: confirm", "asks: resume", "expected the open question {'kind': 'resume'}"),
        ("choose 2", "choose 3", "not legal in this state"),
    ],
)
async def test_an_example_that_goes_otherwise_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    text = TIDES.replace(before, after, 1)
    played = await rehearsed(tmp_path, text)
    assert len(played.problems) == 1
    assert message in str(played.problems[0])
    assert played.problems[0].path == tmp_path / "tides/SKILL.md"
    wrong = text.split("\n")[played.problems[0].line - 1]
    assert "user:" in wrong


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("asks: day", "ask: day", r"SKILL.md:5\d: unknown fields \['ask'\]; known are asks"),
        ("[choose 2]", "[pick 2]", r"SKILL.md:5\d: .*'pick 2' is not a command"),
        ("user: yes", "user: 1", r"SKILL.md:6\d: .* is no turn; expected 'user'"),
    ],
)
async def test_an_example_that_cannot_be_played_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        await rehearsed(tmp_path, TIDES.replace(before, after, 1))


async def test_a_model_is_asked_in_the_state_that_the_example_has_reached(tmp_path: Path) -> None:
    model = ScriptedBackend(
        by_text={
            "tides tomorrow": "start tides.tell\nset day tomorrow\n",
            "tides please": "refuse\n",
            "the second": "choose 2\n",
            "friday": BackendUnavailable("gone"),
            "yes": "confirm\n",
            "undo that": "undo\n",
        }
    )
    played = await rehearsed(tmp_path, TIDES, model)
    assert played.problems == []
    assert played.compared == 6
    assert [(each.user, each.expected, each.got.split(":")[0]) for each in played.differences] == [
        ("tides please", "start tides.tell", "refuse"),
        ("friday", "set day friday", "BackendUnavailable"),
    ]


async def test_slots_in_another_order_are_no_difference(tmp_path: Path) -> None:
    text = TIDES.replace("tides tomorrow\n", "hull tomorrow\n").replace(
        "set day tomorrow]", "set harbour hull, set day tomorrow]"
    )
    model = ScriptedBackend(by_text={"hull tomorrow": "start tides.tell\nset day tomorrow\nset harbour hull\n"})
    played = await rehearsed(tmp_path, text, model)
    assert played.problems == []
    assert "hull tomorrow" not in [each.user for each in played.differences]


async def test_the_examples_of_the_built_in_skills_go_as_they_say(tmp_path: Path) -> None:
    skills = load_catalogue(tmp_path, tmp_path)
    played = await rehearse(skills, list(skills.skills.values()))
    assert played.problems == []
    assert played.examples >= 50


def surf(extra: str = "are there waves", example: str = "any waves") -> str:
    return SURF.replace("EXTRA", extra).replace("EXAMPLE", example)


def test_skills_that_share_no_words_do_not_collide(tmp_path: Path) -> None:
    assert collisions(catalogue(tmp_path, tides=TIDES, surf=surf())) == []


def test_an_example_that_another_skills_template_recognises_is_a_collision(tmp_path: Path) -> None:
    (found,) = collisions(catalogue(tmp_path, tides=TIDES, surf=surf(example="Tides at Hull?")))
    line = TIDES.split("\n").index('  - "tides at {harbour} [{day}]"') + 1
    assert (found.path, found.line) == (tmp_path / "tides/SKILL.md", line)
    assert "of tides.tell also recognises 'tides at hull', an example of surf.tell" in found.message


@pytest.mark.parametrize("template", ["tides at dawn", "(good|high) tides at (hull|whitby)", "[the] tide tomorrow"])
def test_templates_that_overlap_are_a_collision(tmp_path: Path, template: str) -> None:
    text = TIDES.replace("tides at", "[good] tides at")
    found = collisions(catalogue(tmp_path, tides=text, surf=surf(template)))
    assert any(f"which {template!r} of surf.tell says" in each.message for each in found)
    assert {each.path.parent.name for each in found} <= {"tides", "surf"}


@pytest.mark.parametrize("template", ["tides of change", "tide yourself over", "hull", "tides"])
def test_what_only_looks_alike_is_no_collision(tmp_path: Path, template: str) -> None:
    assert collisions(catalogue(tmp_path, tides=TIDES, surf=surf(template))) == []


def test_only_collisions_with_the_named_skills_are_told(tmp_path: Path) -> None:
    skills = catalogue(tmp_path, tides=TIDES, surf=surf("tides at dawn"))
    assert len(collisions(skills, ["surf"])) == 1
    assert collisions(skills, ["other"]) == []


def test_the_command_plays_a_folder_and_says_what_is_wrong(tmp_path: Path) -> None:
    folder = write(tmp_path, "tides", TIDES.replace("asks: day", "asks: harbour"))
    done = CliRunner().invoke(app, ["skills", "test", str(folder)])
    assert done.exit_code == 1, done.output
    assert "SKILL.md:54: example turn 2 ('the second')" in done.output
    assert "1 skills, 2 examples, 6 turns: 1 problems" in done.output


def test_the_command_finds_the_skills_below_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "tides", TIDES)
    write(tmp_path, "surf", surf())
    done = CliRunner().invoke(app, ["skills", "test", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "2 skills, 3 examples, 7 turns: 0 problems" in done.output


def test_check_warns_of_collisions_with_installed_skills_and_passes(tmp_path: Path) -> None:
    folder = write(tmp_path, "surf", surf("will it rain tomorrow"))
    done = CliRunner().invoke(app, ["skills", "check", str(folder)])
    assert done.exit_code == 0, done.output
    assert "warning: " in done.output
    assert "weather.forecast also recognises 'will it rain tomorrow'" in done.output
    assert "1 skills, 1 intents: no problem found" in done.output


def test_coverage_is_printed_for_a_folder_of_dialogues(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        "name: a table\nturns:\n  - {user: a table for two, commands: [start booking.restaurant, set people two]}\n"
    )
    done = CliRunner().invoke(app, ["skills", "coverage", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "1 dialogues, 1 turns" in done.output
    assert "intents without a dialogue: booking.list" in done.output
