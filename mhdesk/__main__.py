"""``python -m mhdesk``, and the packaged program: hand over to the command line."""

import multiprocessing
import sys

if sys.argv[1:2] == ["--parse-child"]:  # the packaged program reads foreign files in a copy of itself
    from mhdesk.files.parse_child import main
else:
    from mhdesk.cli.main import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # files are read in a child process; a packaged child starts here too
    sys.exit(main())
