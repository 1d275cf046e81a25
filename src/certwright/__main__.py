"""Lets `python -m certwright` run the command line."""

from certwright.cli import main

if __name__ == "__main__":
    main()
