"""``python -m mhdesk``, and the packaged program: hand over to the window or to the command line."""

import sys


def main() -> int:
    """What this call asks for; the exit status."""
    if sys.argv[1:2] == ["--parse-child"]:  # the packaged program reads foreign files in a copy of itself
        from mhdesk.files import parse_child

        return parse_child.main()
    from mhdesk.cli import window

    only_window, ledger = window.ledger_asked_for(sys.argv[1:])
    if only_window:
        return window.main(ledger)
    from mhdesk.cli import main as command_line

    return command_line.main()


if __name__ == "__main__":
    sys.exit(main())
