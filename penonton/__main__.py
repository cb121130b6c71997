"""`python -m penonton` is the command."""

from penonton.cli import main

if __name__ == "__main__":
    main()
