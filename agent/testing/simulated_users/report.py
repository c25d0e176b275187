"""What came of the simulated dialogues, in figures, and the worst of them to read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """One dialogue."""

    number: int
    repeat: int
    # Of the same user with other words and accidents.
    intents: tuple[str, ...]
    # What was wanted.
    success: bool
    # Everything came out as the user wanted in the end.
    turns: int
    acts: tuple[str, ...]
    # What the user did, in order.
    false_actions: int
    # Effects that were not wanted, or with other values than wanted.
    false_claims: int
    # Replies that claimed an effect without a receipt.
    missed_actions: int
    # Effects that were wanted and did not happen.
    problems: tuple[str, ...]
    transcript: tuple[str, ...]


@dataclass
class Report:
    """All dialogues of a simulation."""

    backend: str
    seed: int
    repeats: int
    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0

    def figures(self) -> dict[str, Any]:
        """Return the figures as plain JSON values; shares are of dialogues."""
        results = self.results
        count = max(1, len(results))
        by_user: dict[int, list[bool]] = {}
        for result in results:
            by_user.setdefault(result.number, []).append(result.success)
        full = [all(each) for each in by_user.values() if len(each) == self.repeats]
        by_intent: dict[str, list[bool]] = {}
        by_act: dict[str, list[bool]] = {}
        for result in results:
            for intent in result.intents:
                by_intent.setdefault(intent, []).append(result.success)
            for act in set(result.acts):
                by_act.setdefault(act, []).append(result.success)
        return {
            "backend": self.backend,
            "seed": self.seed,
            "dialogues": len(results),
            "turns": sum(result.turns for result in results),
            "task_success": sum(result.success for result in results) / count,
            f"success_in_all_{self.repeats}": sum(full) / max(1, len(full)),
            "turns_per_dialogue": sum(result.turns for result in results) / count,
            "false_action": sum(result.false_actions > 0 for result in results) / count,
            "false_claim": sum(result.false_claims > 0 for result in results) / count,
            "missed_action": sum(result.missed_actions > 0 for result in results) / count,
            "by_intent": {name: sum(each) / len(each) for name, each in sorted(by_intent.items())},
            "by_act": {name: sum(each) / len(each) for name, each in sorted(by_act.items())},
            "seconds": round(self.seconds, 1),
        }

    def table(self) -> str:
        """Return the figures as lines to read."""
        figures = self.figures()
        lines = []
        for name, value in figures.items():
            if isinstance(value, dict):
                lines.append(f"{name.replace('_', ' ')} (task success):")
                counts = Counter(each for result in self.results for each in _names(result, name))
                lines += [f"  {key:<28} {share:7.1%}  of {counts[key]}" for key, share in value.items()]
            elif isinstance(value, float) and name not in ("seconds", "turns_per_dialogue"):
                lines.append(f"{name.replace('_', ' '):<30} {value:7.1%}")
            else:
                lines.append(
                    f"{name.replace('_', ' '):<30} {value if not isinstance(value, float) else round(value, 2)}"
                )
        return "\n".join(lines)

    def worst(self, count: int) -> str:
        """Return the transcripts of dialogues that went wrong, the shortest first."""
        wrong = [r for r in self.results if not r.success or r.problems or r.false_actions or r.false_claims]
        wrong.sort(key=lambda result: result.turns)
        return "\n\n".join("\n".join((_headline(each), *each.transcript)) for each in wrong[:count])


def _headline(result: Result) -> str:
    wanted, problems = ", ".join(result.intents), "; ".join(result.problems) or "not done"
    return f"dialogue {result.number}.{result.repeat}, wanted {wanted}: {problems}"


def _names(result: Result, kind: str) -> set[str]:
    return set(result.intents if kind == "by_intent" else result.acts)
