"""``python -m lecturekit`` is the command line, too."""

import sys

from lecturekit.cli import main

if __name__ == "__main__":
    sys.exit(main())
