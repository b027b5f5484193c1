"""``python -m mhdesk``, and the packaged program: hand over to the command line."""

import multiprocessing
import sys

from mhdesk.cli.main import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # files are read in a child process; a packaged child starts here too
    sys.exit(main())
