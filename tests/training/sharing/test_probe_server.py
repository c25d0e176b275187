"""Asking a server whether its adapters are active."""

from __future__ import annotations

import json

import httpx
import pytest

from agent.errors import BackendUnavailable, ModelNotUsable
from training.sharing.adapters import probe_server

SHARED = {" a": -0.5, " b": -1.5}


def server(answers: dict[str, dict[str, float]]) -> httpx.MockTransport:
    """A server that gives each model's first token these log probabilities, and any other model the shared ones."""

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        assert request.url.path == "/v1/completions"
        assert body["logprobs"] == 5
        top = answers.get(body["model"], SHARED)
        return httpx.Response(200, json={"choices": [{"logprobs": {"top_logprobs": [top]}}]})

    return httpx.MockTransport(answer)


def probe(transport: httpx.MockTransport) -> dict[str, float]:
    return probe_server(
        "http://server/v1", shared="factotum", adapters=["own", "speak"], prompt="<|task|> hello", transport=transport
    )


def test_active_adapters_differ_from_the_shared_model():
    found = probe(server({"own": {" a": -0.7, " b": -1.2}, "speak": {" c": -0.1}}))
    assert found == {"own": pytest.approx(0.3), "speak": float("inf")}


def test_an_adapter_that_answers_as_the_shared_model_does_is_refused():
    with pytest.raises(ModelNotUsable, match=r"'speak' is not active.*'factotum'.*--lora-modules"):
        probe(server({"own": {" a": -0.7, " b": -1.2}}))


def test_a_server_without_probabilities_is_unavailable():
    with pytest.raises(BackendUnavailable, match="no probabilities for model 'factotum'"):
        probe(httpx.MockTransport(lambda request: httpx.Response(404)))
