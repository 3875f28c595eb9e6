"""`python -m solon`: the command line, for an interpreter whose scripts are not on the path."""

from solon.cli import main

main()
