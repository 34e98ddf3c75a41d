"""`python -m heatlens`: the command."""

from ._command import main

main()
