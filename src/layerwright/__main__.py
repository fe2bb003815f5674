"""``python -m layerwright``."""

import sys

from layerwright.cli.main import main

sys.exit(main())
