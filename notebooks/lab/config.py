"""How JupyterLab opens for this course: `jupyter lab --config notebooks/lab/config.py`.

The settings beside this file are defaults, which your own settings override: documents open as they
are to be read, files at one click, and no question about news from the network.
"""

import os
import shutil
import sysconfig
from pathlib import Path

HERE = Path(__file__).resolve().parent

c = get_config()  # noqa: F821  Jupyter runs this file, and provides it

# At the course's top, so that a link from a lesson to any other document leads somewhere.
c.ServerApp.root_dir = str(HERE.parent.parent)
c.LabApp.default_url = "/lab/tree/my-lessons/01_eda.ipynb"
c.LabApp.app_settings_dir = str(HERE)

# Kernels and terminals find this environment's programs before all others. A shell's own start-up
# files may put others in front again, so those of the terminal come first, then the course.
programs = sysconfig.get_path("scripts")
os.environ["PATH"] = os.pathsep.join([programs, os.environ["PATH"]])
if bash := os.name != "nt" and shutil.which("bash"):
    os.environ["COURSE_PROGRAMS"] = programs
    c.ServerApp.terminado_settings = {
        "shell_command": [bash, "--rcfile", str(HERE / "terminal.bash"), "-i"]
    }
