"""`python -m marketplace.entrypoints` is the command `piecework`."""

from marketplace.entrypoints.cli import main

if __name__ == "__main__":
    main()
