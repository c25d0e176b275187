"""What is between a user and the turns of a session: who is next, what was left undone, what is handed on.

    second_message    a message that comes while a turn runs: queue, merge, interrupt or reject; the lease kept alive
    recovery          a turn that ended in a crash: what the claims and receipts in the store say of it
    handoff(_hook)    the talk and its state for a person: a file in a folder, or an HTTP hook
    context_budget    which earlier turns a chat model is shown
    turn_record       what is kept of a turn while it runs

Knows the store's interface and plain data; no store, no backend, no skill.
"""
