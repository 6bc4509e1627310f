"""Kill workers of `tag-files`, and whole runs, at random moments; compare with one process.

    python benchmarks/bulk_kills.py MODEL [--kills N] [--seeds N ...] [--sentences N]

MODEL is a directory from `python -m ner_tutorial train`. With each seed a run with two workers
loses so many of them, one after the other, by SIGKILL, and has to end by itself. Then so many runs
are killed, each at a moment that is drawn anew, and the same command goes on; meanwhile no worker
may outlive its run, what stands under a part's name is whole, and no part is tagged again that the
run had noted as done. In the end the parts are, to the byte, what one process writes.
"""

import argparse
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import bulk

from ner_tutorial import errors

PATIENCE = 10  # seconds that workers may live after their run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--kills", type=int, default=10, help="with each seed")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--sentences", type=int, default=40_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = bulk.write(options.sentences, 4, folder / "in")
        (folder / "one").mkdir()
        bulk.tag_alone(options.model, paths, folder / "one")
        command = [sys.executable, "-m", "ner_tutorial", "tag-files", options.model]
        command += [*map(str, paths), "--workers", "2", "--output"]
        clock = time.perf_counter()
        end(start(command, folder / "out"), folder, paths)
        seconds = time.perf_counter() - clock
        print(f"{options.sentences:,} sentences, left alone: {seconds:.0f} s", flush=True)
        for seed in options.seeds:
            attack = Attack(command, folder, paths, seconds, options.kills, random.Random(seed))
            print(f"seed {seed}: {kill_workers(attack)}", flush=True)
            print(f"seed {seed}: {kill_runs(attack)}", flush=True)


class Attack(NamedTuple):
    """What to attack, how often, and by which draws; left alone it takes so many seconds."""

    command: list
    folder: Path
    paths: list[Path]
    seconds: float
    kills: int
    chance: random.Random


def kill_workers(attack: Attack) -> str:
    """What became of a run that lost so many workers."""
    clock, killed = time.perf_counter(), 0
    run = start(attack.command, attack.folder / "out")
    run.stderr.readline()  # its workers have started: one that cannot ends the run, with a line
    longest = 2 * attack.seconds / (attack.kills + 2)  # so that all come before the end
    while killed < attack.kills and run.poll() is None:
        time.sleep(attack.chance.uniform(0, longest))
        if workers := workers_of(run):
            attack.chance.choice(workers).kill()
            killed += 1
    end(run, attack.folder, attack.paths)
    seconds = time.perf_counter() - clock
    return f"{killed} workers killed, and it ended by itself after {seconds:.0f} s; all equal"


def kill_runs(attack: Attack) -> str:
    """What became of runs that were killed so many times, and went on; one that was over before
    that counts as the end, and another one begins."""
    killed = ended = went_on = 0
    noted: dict[str, tuple[str, int]] = {}
    output = attack.folder / "out"
    while killed < attack.kills or noted:
        run = start(attack.command, output)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(attack.chance.uniform(0, attack.seconds))
        if run.poll() is None and killed < attack.kills:
            stop(run)
            killed += 1
            now = done(output)
            check_kept(noted, now)
            noted = now
        else:
            end(run, attack.folder, attack.paths, noted)
            ended, went_on, noted = ended + 1, went_on + bool(noted), {}
    return (
        f"{killed} runs killed; {ended} came to the end, {went_on} of them from where a killed one "
        "had been; all equal"
    )


def stop(run: subprocess.Popen) -> None:
    """Kill a run, and see its workers go."""
    import psutil

    workers = workers_of(run)
    run.kill()
    run.wait()
    if psutil.wait_procs(workers, PATIENCE)[1]:
        raise errors.UserError("workers live on without their run")


def check_kept(noted: dict, now: dict) -> None:
    if any(now.get(name) != entry for name, entry in noted.items()):
        raise errors.UserError("a part was tagged again, or is not what it was")


def done(output: Path) -> dict[str, tuple[str, int]]:
    """The parts that are noted as done: what they are, and when each was written."""
    noted = output / ("progress.jsonl" if (output / "progress.jsonl").exists() else "manifest.json")
    lines = noted.read_text("utf-8").splitlines(keepends=True) if noted.exists() else []
    entries = [json.loads(line) for line in lines[1:] if line.endswith("\n")]
    if noted.name == "manifest.json" and lines:
        entries = json.loads(lines[0])["parts"]
    return {e["part"]: (e["sha256"], (output / e["part"]).stat().st_mtime_ns) for e in entries}


def start(command: list, output: Path) -> subprocess.Popen:
    pipe = subprocess.PIPE
    return subprocess.Popen([*command, str(output)], stdout=pipe, stderr=pipe, text=True)


def workers_of(run: subprocess.Popen) -> list:
    """Its workers, as processes of psutil, which comes with Dask."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(run.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    return []


def end(run: subprocess.Popen, folder: Path, paths: list[Path], noted: dict | None = None) -> None:
    """Wait for a run, compare, and remove what it wrote."""
    told, wrong = run.communicate()
    if run.returncode:
        raise errors.UserError(f"the run failed: {wrong.strip() or told.strip()}")
    output = folder / "out"
    manifest = json.loads((output / "manifest.json").read_text("utf-8"))
    with contextlib.redirect_stdout(None):
        bulk.check(manifest, paths, folder)
    now = done(output)
    check_kept(noted or {}, now)
    if len(list(output.iterdir())) != len(now) + 1:
        raise errors.UserError("there is more than the parts and the manifest")
    for path in output.iterdir():
        path.unlink()


if __name__ == "__main__":
    with errors.one_line():
        main()
