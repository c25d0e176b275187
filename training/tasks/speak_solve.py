"""Word problems to equations: public problems, their variants, and problems from our own templates.

The marks for numbers and the check of equations are the tutoring skill's own (``skills.tutoring``), so what is trained
is what is served. Every equation is checked by that skill before it becomes a target.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from agent.rows import Row, SpeakRow
from skills.tutoring import is_writable, mark_numbers, parse_equation
from training.corpora import ProblemRow, read_corpus
from training.tasks.common import Said, Source, key, typed
from training.tasks.phrases import load_phrases

_MARKS = re.compile(r"<<([^=<>]+)=([^<>]+)>>")
_OURS: dict[str, list[str]] = load_phrases("problems")


@dataclass(frozen=True)
class Template:
    """A problem with holes: {a} {b} {c} numbers, {n} {m} names, {x} things, {box} containers, {kids} people.

    {gain}, {gained}, {lose}, {lost} are phrases that hold {b}. Of a {list} of numbers
    the equation is "mean" or "sum".
    """

    text: str
    equation: str
    # In {a} {b} {c}.


def _templates(name: str) -> tuple[Template, ...]:
    return tuple(Template(*line.split(" => ")) for line in _OURS[name])


_TEMPLATES, _PLAIN, _LISTS = _templates("problems"), _templates("sums"), _templates("lists")
_FIRST: list[str] = load_phrases("tutoring")["first"]
RETOLD = 4
"""Times that a real problem is told again with other names."""
_TOLD = 8
"""Times that a problem may be told with the same words."""
_ENDINGS = ("", "", "?", "?", " please")


def speak_solve(source: Source) -> Iterator[Row]:
    """Equations for word problems; a third or so are real problems, the rest come from our templates."""
    rows: list[Row] = []
    for row in read_corpus(source.data, "mawps", source.split, ProblemRow):
        _add(rows, source, row.question, row.equation)
        if source.training:
            for _ in range(RETOLD):
                _add(rows, source, _renamed(source, row.question), row.equation)
    for row in read_corpus(source.data, "gsm8k", source.split, ProblemRow):
        equation = _single_expression(row)
        if equation is None:
            source.dropped["gsm8k: more than one expression of the problem's own numbers"] += 1
        else:
            _add(rows, source, row.question, equation)
    for number, template in enumerate(_TEMPLATES):
        # Every sixth template is only asked in evaluation: a template learnt by heart is no skill.
        if (number % 6 == 5) == source.training:
            continue
        for _ in range(110 if source.training else 6):
            _add(rows, source, *_filled(source, template))
    for template in _PLAIN:
        for _ in range(30 if source.training else 1):
            text, equation = _filled(source, template)
            _add(rows, source, text + source.rng.choice(_ENDINGS), equation)
    for template in _LISTS:
        for _ in range(40 if source.training else 1):
            text, equation = _listed(source, template)
            _add(rows, source, text + source.rng.choice(_ENDINGS), equation)
    source.rng.shuffle(rows)
    told: Counter[str] = Counter()
    for made in rows:
        # Without its numbers a problem is soon told twice.
        told[key(made)] += 1
        if told[key(made)] <= _TOLD:
            yield made


def _add(rows: list[Row], source: Source, problem: str, equation: str) -> None:
    if source.keep(0.1):
        # The skill is given the whole turn, courtesies included.
        problem = source.rng.choice(_FIRST) + problem
    said = typed(Said(problem), source.rng, typos=0.04).text if source.keep(0.4) else problem
    marked, numbers = mark_numbers(said)
    if len(set(numbers)) < len(numbers) and not source.training:
        # In training either place is right as often as not, and the problem is worth having.
        source.dropped["a number that the problem gives twice: the equation does not say which is meant"] += 1
        return
    target = parse_equation(equation, numbers)
    if target is None:
        source.dropped["an equation with numbers that the problem does not give"] += 1
        return
    if not is_writable(target):
        source.dropped["an equation longer or deeper than the grammar can write"] += 1
        return
    used = set(re.findall(r"N\d+", target))
    if len(used) < len(numbers) and re.search(r"(?<!N)\b\d", target):
        # "3/4 of them" is one number to the skill, while the equation spells 3 and 4, and so with five dozen.
        source.dropped["an equation that spells a number in another way than the problem"] += 1
        return
    rows.append(SpeakRow(task="solve", skill="tutoring", fields={"problem": marked}, target=target))


def _single_expression(row: ProblemRow) -> str | None:
    """Return the problem's equation when its calculator marks join into one expression, else None.

    >>> _single_expression(ProblemRow(question="", answer="14", rationale="<<3*4=12>> <<12+2=14>>"))
    '( 3 * 4 ) + 2'
    """
    marks = [(left.strip(), right.strip()) for left, right in _MARKS.findall(row.rationale)]
    if not 1 <= len(marks) <= 2 or marks[-1][1] != row.answer or not row.answer.replace(".", "", 1).isdigit():
        return None
    if any(not re.fullmatch(r"[\d.+\-*/() ]+", left) for left, _ in marks):
        return None
    expression = _spaced(marks[-1][0])
    if len(marks) == 2:
        parts = expression.split()
        if parts.count(marks[0][1]) != 1 or marks[0][1] in re.findall(r"\d+(?:\.\d+)?", row.question):
            return None
        parts[parts.index(marks[0][1])] = f"( {_spaced(marks[0][0])} )"
        expression = " ".join(parts)
    return expression


def _spaced(expression: str) -> str:
    return " ".join(re.findall(r"\d+(?:\.\d+)?|[-+*/()]", expression))


def _renamed(source: Source, problem: str) -> str:
    """Return the problem told of other people: names are swapped for others, the same name for the same person."""
    known = set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", problem)) | set(
        re.findall(
            r"(?:^|[.?!] )([A-Z][a-z]{2,})(?= (?:has|had|is|was|bought|buys|went|gave|found|picked|and [A-Z]))", problem
        )
    )
    people = sorted(name for name in known if name not in _OURS["not_names"])
    fresh = source.rng.sample(_OURS["names"], min(len(people), len(_OURS["names"])))
    for name, other in zip(people, fresh, strict=False):
        problem = re.sub(rf"\b{name}\b", other, problem)
    return problem


def _listed(source: Source, template: Template) -> tuple[str, str]:
    """Return a question about a list of three to six numbers and the equation with all of them: "mean" or "sum"."""
    rng, what = source.rng, template.equation
    # A mean is divided by their count, which must be a constant of the grammar: six is none.
    count = rng.randint(3, 5 if what == "mean" else 6)
    # Among them is not how many there are: the equation would not say which of the two is meant.
    numbers = [str(number) for number in rng.sample([each for each in range(2, 100) if each != count], count)]
    said = ", ".join(numbers[:-1]) + rng.choice((" and ", ", and ", ", ")) + numbers[-1]
    total = " + ".join(numbers)
    equation = f"( {total} ) / {count}" if what == "mean" else total
    return template.text.format(list=said, n=rng.choice(_OURS["names"])), equation


def _filled(source: Source, template: Template) -> tuple[str, str]:
    """Return a problem and its equation with fresh numbers, names and things.

    Numbers differ from one another, so that an equation names one place only; differences are positive and quotients
    whole.
    """
    rng = source.rng
    small = rng.random() < 0.6
    while True:
        a, b, c = (rng.randint(2, 20 if small else 90) for _ in range(3))
        if "- {b}" in template.equation and "{a} - {b}" in template.equation:
            a += b
        if template.equation.startswith("{c}"):
            c += a + b
        if template.equation.endswith("- {b} - {c}") or template.equation.endswith("+ {b} - {c}"):
            a += c
        if template.equation.endswith("/ {c}"):
            total = c * rng.randint(2, 12)
            a = total - b if "+" in template.equation else total + b
        if template.equation in ("{a} * {b} - {c}",):
            c = rng.randint(2, max(3, a * b // 2))
        values = {"a": a, "b": b, "c": c, "ab": a * b}
        used = [values[name] for name in set(re.findall(r"\{(\w+)\}", template.equation))]
        if min(used) > 1 and len(set(used)) == len(used):
            break
    name, other = rng.sample(_OURS["names"], 2)
    phrases = {hole: rng.choice(_OURS[hole]) for hole in ("gain", "gained", "lose", "lost")}
    text = template.text
    for hole, phrase in phrases.items():
        text = text.replace(f"{{{hole}}}", phrase)
    words = {
        "n": name,
        "m": other,
        "x": rng.choice(_OURS["things"]),
        "box": rng.choice(_OURS["boxes"]),
        "kids": rng.choice(_OURS["people"]),
    }
    return text.format(**words, **values), template.equation.format(**values)
