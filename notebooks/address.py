"""Where the course is published, and under which name: from pyproject.toml."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent

PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")  # Python 3.10 has no TOML reader
ADDRESS = re.search(r'^Repository = "(.*)"$', PROJECT, re.MULTILINE)[1]
RELEASE = "v" + re.search(r'^version = "(.*)"$', PROJECT, re.MULTILINE)[1]
