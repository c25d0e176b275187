"""`python -m agent` is the same as `factotum`."""

from agent.cli import main

main()
