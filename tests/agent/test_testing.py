"""The dialogue runner and its pytest plugin: they must be able to fail."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.backends.scripted import ScriptedBackend
from agent.discovery import load_catalogue
from agent.errors import DeclarationError
from agent.testing import load_dialogues, play, run_dialogue
from agent.testing.coverage import Coverage
from agent.testing.stage import open_stage

pytest_plugins = ["pytester"]
DIALOGUES = Path(__file__).parents[1] / "dialogues"
WEATHER = """
name: weather
turns:
  - user: weather in oslo
    commands: [start weather.forecast, set place oslo]
    expect:
      - action_done: {{intent: weather.forecast, place: {place}}}
    never: [{never}]
    says: [{says}]
    says_not: [{says_not}]
    question: {question}
end:
  receipts:
    - weather.forecast: {{place: {end}}}
  stack: [{stack}]
  state: {{{state}}}
"""
FORM = """
name: a table
turns:
  - user: a table for two
    commands: [start booking.restaurant, set people two]
{more}
"""


async def problems(tmp_path: Path, text: str) -> str:
    (tmp_path / "one.yaml").write_text(text)
    return "\n".join(await run_dialogue(load_dialogues(tmp_path)[0]))


async def weather(tmp_path: Path, **changes: str) -> str:
    values = {"place": "Oslo", "never": "refused", "says": "oslo", "says_not": "rome", "end": "Oslo"}
    values |= {"question": "null", "stack": "", "state": ""}
    return await problems(tmp_path, WEATHER.format(**values | changes))


async def form(tmp_path: Path, *lines: str) -> str:
    return await problems(tmp_path, FORM.format(more="\n".join(lines)))


async def test_a_dialogue_that_goes_as_expected_has_no_problems(tmp_path: Path) -> None:
    assert await weather(tmp_path) == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"place": "Rome"}, "expected event action_done"),
        ({"never": "action_done"}, "must not occur"),
        ({"never": "{action_done: {place: Oslo}}"}, "must not occur"),
        ({"says": "bananas"}, "expected the reply to hold 'bananas'"),
        ({"says_not": "sample"}, "must not hold 'sample'"),
        ({"question": "{slot: day}"}, "expected the open question {'slot': 'day'}, it is None"),
        ({"end": "Rome"}, "expected the receipt weather.forecast"),
        ({"end": "Oslo, effect: true"}, "expected the receipt weather.forecast"),
        ({"stack": "weather.forecast"}, "expected the stack"),
        ({"state": "weather.forecast: {}"}, "expected the open frames"),
    ],
)
async def test_what_went_otherwise_is_said(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    assert message in await weather(tmp_path, **changes)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["    question: null"], "expected the open question None, it is {'kind': 'slot'"),
        (["    question: {kind: slot, slot: day, options: [monday]}"], "'options': []"),
        (["    writes: [something]"], "the model was never asked for ['something']"),
        (["    model_calls: 2"], "expected 2 calls of the model, there were 1"),
        (["    error: Unavailable"], "expected the reply's error to be 'Unavailable', it is None"),
        (["    raises: TextTooLong"], "expected the caller to get TextTooLong"),
        (["settings: {max_text_chars: 5}"], "expected the caller to get a reply, got TextTooLong"),
        (["    faults: {model.complete: DeadlineExceeded}"], "which the turn does not announce"),
        (["  - user: hm", "    commands: [confirm]"], "IllegalCommands"),
        (["  - user: hm"], "the script has no answer"),
        (["end: {state: {booking.restaurant: {people: 3}}}"], "{'booking.restaurant': {'people': 2}}"),
        (["end: {state: {booking.restaurant: {}}}"], "{'booking.restaurant': {'people': 2}}"),
        (["end: {receipts: [booking.restaurant: {}]}"], "expected 1 receipts, got 0"),
    ],
    ids=lambda value: value[0].strip() if isinstance(value, list) else "",
)
async def test_what_a_turn_and_an_end_must_come_to_is_held_against_it(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    assert message in await form(tmp_path, *lines)


async def test_a_pause_moves_the_clock_of_everybody(tmp_path: Path) -> None:
    lines = [
        "  - user: friday",
        "    wait: 1 day",
        "    commands: [set day friday]",
        "    expect: [returned: {seconds: 86400.0}, slot_set: {value: 2026-11-27}]",
    ]
    assert await form(tmp_path, *lines) == ""


async def test_a_restart_keeps_the_store_and_makes_another_agent(tmp_path: Path) -> None:
    lines = ["  - {user: friday, restart: true, commands: [set day friday], question: {slot: time}}"]
    assert await form(tmp_path, *lines) == ""


async def test_a_killed_process_leaves_what_it_had_stored_and_nothing_more(tmp_path: Path) -> None:
    lines = [
        "  - {user: friday, commands: [set day friday], faults: {store.commit: killed}}",
        "  - {user: friday, commands: [set day friday], expect: [context_loaded: {recovered: true}]}",
        "end: {state: {booking.restaurant: {people: 2, day: 2026-11-27}}}",
    ]
    assert await form(tmp_path, *lines) == ""


async def test_a_fault_is_over_with_its_turn(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        "name: rome\nturns:\n"
        "  - &turn {user: rome, commands: [start weather.forecast, set place rome], faults: {weather.run: Unavailable},"
        " expect: [action_failed]}\n"
        "  - {user: rome, commands: [start weather.forecast, set place rome], expect: [action_done]}\n"
    )
    async with open_stage() as stage:
        before = vars(stage.actions["weather"]).copy()
        played = await play(load_dialogues(tmp_path)[0], stage)
        assert played.problems == []
        assert vars(stage.actions["weather"]) == before


async def test_a_failure_shows_the_conversation_as_far_as_it_went(tmp_path: Path) -> None:
    lines = ["    question: {slot: time}", "  - {user: friday, commands: [set day friday]}"]
    (tmp_path / "one.yaml").write_text(FORM.format(more="\n".join(lines)))
    async with open_stage() as stage:
        shown = str(await play(load_dialogues(tmp_path)[0], stage))
    assert "one.yaml:2: a table" in shown
    assert "1 you: a table for two" in shown
    assert "> start booking.restaurant, set people two" in shown
    assert "bot: Which day" in shown
    assert "!! turn 1" in shown
    assert "friday" not in shown


async def test_a_model_understands_in_place_of_the_commands(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(FORM.format(more="    question: {slot: place}"))
    model = ScriptedBackend(by_text={"a table for two": "start weather.forecast\n"})
    assert await run_dialogue(load_dialogues(tmp_path)[0], model) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", r"bad.yaml:2: is not YAML"),
        ("turns: []", "no 'name'"),
        ("name: a\nturns:\n  - user: 8", r"bad.yaml:3: .*quote what YAML takes for a number"),
        ("name: a\nturns: []\nteh: 1", r"bad.yaml:1: 'a' has unknown fields \['teh'\]; known are"),
        ("name: a\nturns:\n  - user: b\n    expct: []", r"bad.yaml:3: turn 'b' has unknown fields \['expct'\]"),
        ("name: a\nturns:\n  - user: b\n    expect: [done]", r"bad.yaml:3: turn 'b': 'done' is no event"),
        ("name: a\nturns:\n  - user: b\n    commands: [open it]", r"bad.yaml:3: turn 'b': 'open it' is not a command"),
        ("name: a\nturns:\n  - user: b\n    commands: confirm", "expected a list"),
        ("name: a\nturns:\n  - user: b\n    wait: soon", "'soon' is no duration"),
        ("name: a\nturns:\n  - user: b\n    faults: {store.jump: Unavailable}", "names no call; 'store' has"),
        ("name: a\nturns:\n  - user: b\n    faults: {x.run: Misery}", "'Misery' is neither slow nor killed"),
        ("name: a\nturns:\n  - user: b\n    question: {colour: red}", r"unknown fields \['colour'\]"),
        ("name: a\nturns: []\nend: {recepits: []}", r"unknown fields \['recepits'\]"),
        ("name: a\nturns: []\nnow: noon", "cannot be read"),
        ("name: a\nturns: []\nsettings: {colour: red}", r"unknown settings \['colour'\]; known are backend"),
        ("name: a\nturns: []\ntimezone: Mars/Base", "cannot be read"),
        ("name: a\nturns: []\n---\nname: a\nturns: []", "bad.yaml:4: a second dialogue is called 'a'"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(DeclarationError, match=message):
        load_dialogues(tmp_path)


def test_what_people_say_is_text_and_not_what_yaml_makes_of_it(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        "name: yes\nnow: 2026-11-25 10:00\ntimezone: Europe/Berlin\n"
        "turns: [{user: yes, says: [on, 19:30, 2026-11-26, 007, true, 7]}]"
    )
    dialogue = load_dialogues(tmp_path)[0]
    assert dialogue.turns[0] == {"user": "yes", "says": ["on", "19:30", "2026-11-26", "007", True, 7]}
    assert dialogue.now.isoformat() == "2026-11-25T10:00:00+01:00"


def test_the_dialogues_of_the_page_on_skills_can_be_read(tmp_path: Path) -> None:
    page = (DIALOGUES.parents[1] / "docs/skills.md").read_text(encoding="utf-8")
    shown = [block for block in page.split("```yaml\n")[1:] if "turns:" in block]
    (tmp_path / "page.yaml").write_text("\n---\n".join(block.split("```")[0] for block in shown))
    assert len(load_dialogues(tmp_path)) == 2


def test_our_dialogues_are_many_and_leave_no_intent_out(tmp_path: Path) -> None:
    dialogues = [dialogue for dialogue in load_dialogues(DIALOGUES) if dialogue.has_commands]
    assert len(dialogues) >= 120
    started = {line for dialogue in dialogues for turn in dialogue.turns for line in turn.get("commands", ())}
    catalogue = load_catalogue(tmp_path, tmp_path)
    missing = [intent for intent in catalogue.intents if f"start {intent}" not in started]
    assert not missing, f"write a dialogue that starts {missing}, below {DIALOGUES}"
    silent = [skill for skill in catalogue.speaking if f"say {skill}" not in started]
    assert not silent, f"write a dialogue in which one of {silent} speaks, below {DIALOGUES}"


async def test_coverage_counts_commands_by_skill_and_state_and_lists_holes(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        FORM.format(
            more="  - {user: weather, commands: [start weather.forecast]}\n  - {user: stop, commands: [cancel]}"
        )
    )
    async with open_stage() as stage:
        coverage = Coverage(stage.catalogue)
        coverage.add(await play(load_dialogues(tmp_path)[0], stage))
    assert coverage.cells["booking", "start", "fresh"] == 1
    assert coverage.cells["weather", "start", "slot"] == 1
    assert coverage.cells["weather", "cancel", "paused"] == 1
    holes = coverage.holes()
    assert "slot" not in holes["weather", "cancel"]
    assert "choice" in holes["booking", "choose"]
    assert ("tutoring", "undo") not in holes
    assert "smart_home.turn_on" in coverage.unused_intents
    assert "intents without a dialogue: booking.list" in coverage.report()


# The plugin, in a pytest of its own.

INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
ONE = FORM.format(more="    question: {slot: day}")
SKILL = """---
name: tides
description: Tells the tides.
---
Tell the tides.

```yaml intents
tell:
  description: the tide table
  required: [harbour]
  generate: true
```

```yaml slots
harbour:
  x-ask: For which harbour?
```

```jinja prompt
tides of {{ harbour }}
```

```yaml examples
- dialogue:
    - user: tides please
      commands: [start tides.tell]
      asks: harbour
    - user: hull
      commands: [set harbour hull]
```
"""


@pytest.fixture
def pytester_with_plugin(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini(INI)
    return pytester


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # Installed as an entry point; named here too for a tree whose installation is older than the plugin.
    plugin = [] if _is_installed() else ["-p", "agent.testing.plugin"]
    return pytester.runpytest_inprocess(*plugin, "-p", "no:cacheprovider", *arguments)


def _is_installed() -> bool:
    from importlib.metadata import entry_points

    return any(entry.value == "agent.testing.plugin" for entry in entry_points(group="pytest11"))


def write(pytester: pytest.Pytester, name: str, text: str) -> Path:
    path = pytester.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_dialogue_is_a_test_named_by_its_sentence(pytester_with_plugin: pytest.Pytester) -> None:
    write(pytester_with_plugin, "dialogues/tables/one.yaml", ONE)
    result = run(pytester_with_plugin, "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*dialogues/tables/one.yaml::a table PASSED*"])


def test_a_failed_dialogue_shows_the_conversation_and_no_traceback(pytester_with_plugin: pytest.Pytester) -> None:
    write(pytester_with_plugin, "dialogues/one.yaml", FORM.format(more="    question: {slot: time}"))
    result = run(pytester_with_plugin)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*you: a table for two", "*bot: Which day*", "*!! turn 1*expected the open question*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*plugin.py*")


def test_a_known_bug_that_is_gone_is_an_error(pytester_with_plugin: pytest.Pytester) -> None:
    failing = FORM.replace("a table\n", "bug\nxfail: not yet\n").format(more="    says: [bananas]")
    write(pytester_with_plugin, "dialogues/one.yaml", failing + "---" + ONE.replace("a table\n", "gone\nxfail: no\n"))
    result = run(pytester_with_plugin)
    result.assert_outcomes(xfailed=1, failed=1)
    result.stdout.fnmatch_lines(["*XPASS(strict)*no*"])


def test_a_wrong_file_is_a_collection_error_with_its_line(pytester_with_plugin: pytest.Pytester) -> None:
    write(pytester_with_plugin, "dialogues/one.yaml", "name: a\nturns:\n  - user: b\n    expct: []\n")
    result = run(pytester_with_plugin)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*one.yaml:3: turn 'b' has unknown fields*"])


def test_other_files_and_other_folders_are_left_alone(pytester_with_plugin: pytest.Pytester) -> None:
    write(pytester_with_plugin, "dialogues/settings.yaml", "theme: dark\n")
    write(pytester_with_plugin, "data/one.yaml", ONE)
    write(pytester_with_plugin, "dialogues/for_a_model.yaml", "name: a\nturns: [{user: hello}]\n")
    run(pytester_with_plugin).assert_outcomes()


def test_the_folders_can_be_named(pytester_with_plugin: pytest.Pytester) -> None:
    pytester_with_plugin.makeini(INI + "factotum_dialogues = talks other/place\n")
    write(pytester_with_plugin, "talks/one.yaml", ONE)
    write(pytester_with_plugin, "other/place/two.yaml", ONE)
    write(pytester_with_plugin, "dialogues/three.yaml", ONE)
    run(pytester_with_plugin).assert_outcomes(passed=2)


def test_a_skill_of_ones_own_is_found_by_its_folder(pytester_with_plugin: pytest.Pytester) -> None:
    pytester_with_plugin.makeini(INI + "factotum_skills = my_skills\n")
    write(pytester_with_plugin, "my_skills/tides/SKILL.md", SKILL)
    write(
        pytester_with_plugin,
        "dialogues/one.yaml",
        "name: the tides\nturns:\n  - {user: tides, commands: [start tides.tell], question: {slot: harbour}}\n"
        "  - {user: hull, commands: [set harbour hull], writes: [High at noon.], says: [high at noon]}\n",
    )
    run(pytester_with_plugin).assert_outcomes(passed=1)


def test_coverage_is_reported_on_request(pytester_with_plugin: pytest.Pytester) -> None:
    write(pytester_with_plugin, "dialogues/one.yaml", ONE)
    result = run(pytester_with_plugin, "--factotum-coverage")
    result.stdout.fnmatch_lines(["*dialogue coverage*", "1 dialogues, 1 turns*", "booking: *", "holes*"])


def test_the_plugin_costs_other_peoples_runs_nothing() -> None:
    code = (
        "import sys, agent.testing.plugin; "
        "heavy = {'yaml', 'numpy', 'pydantic', 'redis', 'httpx', 'sympy', 'llguidance', 'agent.app'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
