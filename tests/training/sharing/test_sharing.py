"""Groups inside a model: the right weights for every row, and folders from which the same is computed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from agent.backends.qwen3 import Qwen3
from agent.errors import InputError, ModelNotUsable
from tests.training.factory import CATALOGUE, understand_rows
from tests.training.small import renderer
from training.encode import Example
from training.feed import collate
from training.model import Batch, ModelConfig, build_model, losses
from training.sharing import SharingConfig, make_sharing
from training.sharing.adapters import check_adapter, probe_adapters, server_flags
from training.sharing.base import Sharing
from training.sharing.folders import GroupedBackend, read_sharing, save_shared
from training.tokenizer import train_tokenizer
from training.trainer import save_model

SMALL = ModelConfig(hidden_size=32, layers=3, heads=2, kv_heads=1, head_dim=16, intermediate_size=48, context=64)
NAMES = ("own", "translate", "chat")
GROUPS = {"understand": ("own",), "speak": ("translate", "chat")}
SOFT = SharingConfig(kind="soft", groups=GROUPS, rank=4, pull=0.5)
HIERARCHICAL = SharingConfig(kind="hierarchical", groups=GROUPS, shared_layers=1)
BOTH = pytest.mark.parametrize("config", [SOFT, HIERARCHICAL], ids=["soft", "hierarchical"])


def example(first: int) -> Example:
    ids = np.array([7, first, 41, 8, 50, 51, 1], dtype=np.uint16)
    return Example(ids, 4, np.array([4, 5, 6], dtype=np.uint16), (np.empty(0, dtype=np.uint16),) * 3, (1, 3))


def batch(*names: str) -> Batch:
    parts = [(name, example(40 + number), False) for number, name in enumerate(names)]
    return collate(parts, names=NAMES, loss_weights=dict.fromkeys(NAMES, 1.0), text_weight=0.1, vocab_size=300)


MIXED = batch("own", "translate", "own", "chat")


def grouped(config: SharingConfig, *, steps: int = 3):
    """Return a model with groups that a few steps have moved apart."""
    model = build_model(SMALL, vocab_size=300, seed=3)
    sharing = make_sharing(config, NAMES)
    sharing.install(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(steps):
        sharing.router.enter(MIXED)
        each = losses(model, MIXED)
        # The groups want different things, so that their weights part.
        sign = torch.where(MIXED.tasks == 0, 1.0, -0.2)
        (each * sign).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    return model, sharing


def logits(folder: Path, ids) -> torch.Tensor:
    with torch.inference_mode():
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)(ids).logits


def tokenizer() -> Tokenizer:
    rendered = [renderer().render(row) for row in understand_rows(50)]
    return train_tokenizer((text for item in rendered for text in (item.prompt, item.target)), vocab_size=300)


def save(model, sharing: Sharing, folder: Path) -> None:
    words = tokenizer()
    save_shared(model, sharing, folder, lambda plain, place: save_model(plain, words, CATALOGUE, place))


@BOTH
def test_before_training_every_group_computes_what_the_plain_model_does(config):
    plain = build_model(SMALL, vocab_size=300, seed=3)
    model, sharing = grouped(config, steps=0)
    sharing.router.enter(MIXED)
    torch.testing.assert_close(losses(model, MIXED), losses(plain, MIXED), rtol=1e-4, atol=1e-5)


@BOTH
def test_a_row_of_a_mixed_batch_is_computed_by_its_groups_weights(config):
    model, sharing = grouped(config)
    sharing.router.enter(MIXED)
    mixed = losses(model, MIXED).reshape(4, 3)
    apart = []
    for number, name in enumerate(("own", "translate", "own", "chat")):
        alone = collate(
            [(name, example(40 + number), False)],
            names=NAMES,
            loss_weights=dict.fromkeys(NAMES, 1.0),
            text_weight=0.1,
            vocab_size=300,
        )
        sharing.router.enter(alone)
        apart.append(losses(model, alone))
    torch.testing.assert_close(mixed, torch.stack(apart), rtol=1e-4, atol=1e-5)


@BOTH
def test_a_groups_rows_do_not_move_the_other_groups_own_weights(config):
    model, sharing = grouped(config)
    only = batch("own", "own")
    sharing.router.enter(only)
    losses(model, only).sum().backward()
    own, other = set(), set()
    for name, value in model.named_parameters():
        if name.endswith((".up", ".down")):
            own.add(float(value.grad[0].abs().sum()) > 0)
            other.add(float(value.grad[1].abs().sum()) > 0)
        elif ".of_group." in name:
            moved = value.grad is not None and float(value.grad.abs().sum()) > 0
            (own if ".of_group.0." in name else other).add(moved)
    assert own == {True}
    assert other == {False}


@BOTH
def test_a_groups_saved_folder_computes_what_the_group_computed(config, tmp_path):
    model, sharing = grouped(config)
    save(model, sharing, tmp_path)
    record = read_sharing(tmp_path)
    assert record.group_of("chat") == "speak"
    rows = batch("own", "chat")
    found = {}
    for number, name in enumerate(("own", "chat")):
        folder = tmp_path / record.models[record.group_of(name)]
        found[name] = logits(folder, rows.ids[number : number + 1])[0]
        # The local backend reads the folder as it is.
        network = Qwen3.load(folder)
        local = network.forward(rows.ids[number].tolist(), network.new_cache())
        np.testing.assert_allclose(local, found[name][-1].numpy(), rtol=1e-3, atol=1e-4)
    sharing.router.enter(rows)
    with torch.inference_mode():
        expected = model(rows.ids, use_cache=False).logits
    torch.testing.assert_close(found["own"], expected[0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found["chat"], expected[1], rtol=1e-4, atol=1e-4)


def test_the_pull_is_the_squared_distance_to_the_shared_weights():
    model, sharing = grouped(SOFT)
    shared = sharing.shared_weights(model)
    expected = sum(
        float(((weights[name] - shared[name]) ** 2).sum())
        for weights in (sharing.group_weights(model, 0), sharing.group_weights(model, 1))
        for name in shared
    )
    assert expected > 1e-4
    assert sharing.penalty().item() == pytest.approx(0.5 * expected, rel=1e-3)


def test_an_adapter_over_the_shared_model_is_the_groups_model(tmp_path):
    from peft import PeftModel

    model, sharing = grouped(SOFT)
    save(model, sharing, tmp_path)
    ids = MIXED.ids[:1]
    for name in GROUPS:
        shared = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
        with torch.inference_mode():
            own = PeftModel.from_pretrained(shared, str(tmp_path / "adapters" / name))(ids).logits
        torch.testing.assert_close(own, logits(tmp_path / "groups" / name, ids), rtol=1e-4, atol=1e-4)


def test_the_probe_proves_that_each_adapter_is_active(tmp_path):
    model, sharing = grouped(SOFT)
    save(model, sharing, tmp_path)
    adapters = {name: tmp_path / "adapters" / name for name in GROUPS}
    found = probe_adapters(tmp_path, adapters, [7, 40, 41, 8])
    assert set(found) == set(GROUPS)
    assert min(found.values()) > 1e-4


def test_flags_for_a_server_name_every_adapter_and_a_rank_that_it_takes(tmp_path):
    model, sharing = grouped(SOFT)
    save(model, sharing, tmp_path)
    flags = server_flags({name: tmp_path / "adapters" / name for name in GROUPS})
    assert flags[:5] == ["--enable-lora", "--max-lora-rank", "8", "--max-loras", "2"]
    assert flags[6:] == [f"{name}={tmp_path}/adapters/{name}" for name in GROUPS]


def test_a_missing_adapter_is_refused_before_serving(tmp_path):
    with pytest.raises(ModelNotUsable, match=r"nowhere' has no adapter_config\.json.*shared weights"):
        server_flags({"speak": tmp_path / "nowhere"})


def test_an_adapter_that_was_never_trained_is_refused(tmp_path):
    model, sharing = grouped(SOFT, steps=0)
    save(model, sharing, tmp_path)
    with pytest.raises(ModelNotUsable, match="changes nothing"):
        check_adapter(tmp_path / "adapters" / "speak")


def test_a_folder_that_lost_a_group_is_refused(tmp_path):
    (tmp_path / "sharing.json").write_text(
        json.dumps({"kind": "soft", "groups": {"a": ["own"]}, "models": {"a": "groups/a"}})
    )
    with pytest.raises(ModelNotUsable, match="names 'groups/a', which is not there"):
        read_sharing(tmp_path)
    assert read_sharing(tmp_path / "plain") is None


async def test_a_task_is_answered_by_its_groups_model(tmp_path):
    from agent.backends.base import Prompt, Request
    from agent.backends.scripted import ScriptedBackend

    (tmp_path / "groups" / "understand").mkdir(parents=True)
    (tmp_path / "groups" / "speak").mkdir()
    (tmp_path / "sharing.json").write_text(
        json.dumps({"kind": "soft", "groups": GROUPS, "models": {name: f"groups/{name}" for name in GROUPS}})
    )
    backend = GroupedBackend(tmp_path, read_sharing(tmp_path), lambda folder: ScriptedBackend([folder.name]))
    assert await backend.of("chat").complete(Request(Prompt("hello", ()))) == "speak"
    assert await backend.of("own").complete(Request(Prompt("hello", ()))) == "understand"


def test_a_source_without_a_group_is_named():
    with pytest.raises(InputError, match=r"solve in no group; the mixture has own, translate, chat, solve"):
        make_sharing(SOFT, (*NAMES, "solve"))
    with pytest.raises(InputError, match=r"chat not in the mixture"):
        make_sharing(SOFT, ("own", "translate"))


def test_wrong_groups_are_refused():
    with pytest.raises(ValueError, match="own in several groups"):
        SharingConfig(kind="soft", groups={"a": ("own",), "b": ("own",)})
    with pytest.raises(ValueError, match="needs two groups"):
        SharingConfig.model_validate("soft")
    with pytest.raises(InputError, match="shared_layers is 3, the model has 3"):
        grouped(HIERARCHICAL.model_copy(update={"shared_layers": 3}))


def test_a_model_with_groups_is_not_released_as_one(tmp_path):
    from training.release import release_model

    model, sharing = grouped(SOFT)
    save(model, sharing, tmp_path / "model")
    with pytest.raises(ModelNotUsable, match="a release is one model"):
        release_model(tmp_path, tmp_path / "released", force="a test")
    assert not (tmp_path / "released").exists()


def test_a_set_is_answered_by_the_group_of_a_source_that_teaches_it():
    from training.sharing.folders import SharingRecord, sources_of

    record = SharingRecord(kind="soft", groups={"a": ("own", "solve"), "b": ("clinc",)}, models={"a": "", "b": ""})
    assert sources_of("clinc150")[0] == "clinc"
    assert record.group_of("clinc150", *sources_of("clinc150")) == "b"
    assert record.group_of("mawps", *sources_of("mawps")) == "a"
    # Nobody was trained on it: the first group answers.
    assert record.group_of("saf", *sources_of("saf")) == "a"
