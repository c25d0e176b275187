"""The keys of the session store in Redis, and the Lua scripts that work on them. Speaks to no server."""

from __future__ import annotations

import hashlib
from importlib import resources

# Every key there is. The braces make a session's id its hash tag: all its keys live in one cluster slot, so one Lua
# script may touch them all. What each holds stands in lua/prelude.lua. All live `ttl_seconds` after the session was
# last used, but the lease and the replies, which have an expiry of their own. A session that is not used that long is
# gone, receipts included.
SESSION_KEY = "{prefix}:{{{session_id}}}:session"
LEASE_KEY = "{prefix}:{{{session_id}}}:lease"
TURNS_KEY = "{prefix}:{{{session_id}}}:turns"
CLAIMS_KEY = "{prefix}:{{{session_id}}}:claims"
RECEIPTS_KEY = "{prefix}:{{{session_id}}}:receipts"
CLAIMED_KEY = "{prefix}:{{{session_id}}}:claimed"
QUEUE_KEY = "{prefix}:{{{session_id}}}:queue"
WAITING_KEY = "{prefix}:{{{session_id}}}:waiting"
JOINED_KEY = "{prefix}:{{{session_id}}}:joined"
REPLIES_KEY = "{prefix}:{{{session_id}}}:replies"
SESSION_KEYS = (
    *(SESSION_KEY, LEASE_KEY, TURNS_KEY, CLAIMS_KEY, RECEIPTS_KEY, CLAIMED_KEY),
    *(QUEUE_KEY, WAITING_KEY, JOINED_KEY, REPLIES_KEY),
)
# Sorted set: session id by the milliseconds of its last commit. Only a help for listing: a member whose session is
# gone is dropped when seen. Lives twice the TTL, since a turn that opens without committing prolongs its session.
INDEX_KEY = "{prefix}:sessions"


class Script:
    """One Lua script, with the digest Redis knows it by."""

    def __init__(self, name: str, *, prelude: bool = True) -> None:
        folder = resources.files("agent.store") / "lua"
        names = ("prelude", name) if prelude else (name,)
        self.text = "\n".join((folder / f"{part}.lua").read_text(encoding="utf-8") for part in names)
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
