"""factotum: conversational assistants that do things. The public names; heavy ones are loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.actions import Action, ActionCall, ActionContext, ActionResult, Preparation
    from agent.app import Agent
    from agent.backends.base import Backend, Message, Prompt, Request
    from agent.catalogue import Catalogue
    from agent.declaration import Intent, Skill, Slot
    from agent.errors import DeclarationError, FactotumError, InputError, ModelError, ProviderError, StoreError
    from agent.manager import DialogueManager
    from agent.settings import Settings, load_settings
    from agent.skill_file import load_skill, load_skills
    from agent.store.base import SessionStore
    from agent.types import DialogueState, Event, Option, Receipt, Reply, Turn

_WHERE = {
    "Action": "agent.actions",
    "ActionCall": "agent.actions",
    "ActionContext": "agent.actions",
    "ActionResult": "agent.actions",
    "Agent": "agent.app",
    "Backend": "agent.backends.base",
    "Catalogue": "agent.catalogue",
    "DeclarationError": "agent.errors",
    "DialogueManager": "agent.manager",
    "DialogueState": "agent.types",
    "Event": "agent.types",
    "FactotumError": "agent.errors",
    "InputError": "agent.errors",
    "Intent": "agent.declaration",
    "Message": "agent.backends.base",
    "ModelError": "agent.errors",
    "Option": "agent.types",
    "Preparation": "agent.actions",
    "Prompt": "agent.backends.base",
    "ProviderError": "agent.errors",
    "Receipt": "agent.types",
    "Reply": "agent.types",
    "Request": "agent.backends.base",
    "SessionStore": "agent.store.base",
    "Settings": "agent.settings",
    "Skill": "agent.declaration",
    "Slot": "agent.declaration",
    "StoreError": "agent.errors",
    "Turn": "agent.types",
    "load_settings": "agent.settings",
    "load_skill": "agent.skill_file",
    "load_skills": "agent.skill_file",
}

__all__ = [
    "Action",
    "ActionCall",
    "ActionContext",
    "ActionResult",
    "Agent",
    "Backend",
    "Catalogue",
    "DeclarationError",
    "DialogueManager",
    "DialogueState",
    "Event",
    "FactotumError",
    "InputError",
    "Intent",
    "Message",
    "ModelError",
    "Option",
    "Preparation",
    "Prompt",
    "ProviderError",
    "Receipt",
    "Reply",
    "Request",
    "SessionStore",
    "Settings",
    "Skill",
    "Slot",
    "StoreError",
    "Turn",
    "load_settings",
    "load_skill",
    "load_skills",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'agent' has no attribute {name!r}")
