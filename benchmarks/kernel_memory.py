"""How much memory a learner needs: a kernel that has run a whole chapter, and the server beside it.

python benchmarks/kernel_memory.py notebooks/02_convolution.ipynb
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

TIMEOUT = 600
START = 60.0  # seconds in which JupyterLab must be ready
# Resident memory now, and the most that there was. On Linux getrusage would count the program that
# started this one, too, so the second is read from a file there.
MEMORY = """\
import psutil
from pathlib import Path
status = Path("/proc/self/status")
if status.exists():
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    most = int(lines["VmHWM"].split()[0]) * 1024
else:
    import resource
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS counts bytes
now = psutil.Process().memory_info().rss
print(now, max(now, most))"""


def of_kernel(path: Path | None = None) -> tuple[int, int]:
    """Run a chapter in a fresh kernel; return its resident memory in bytes, at its end and at most.

    Without a chapter the kernel runs nothing. The notebook is not written.
    """
    notebook = nbformat.v4.new_notebook() if path is None else nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(MEMORY))
    folder = "." if path is None else str(path.parent)
    client = NotebookClient(
        notebook,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": folder}},
        timeout=TIMEOUT,
    )
    client.execute(env={**os.environ, "TQDM_DISABLE": "1"})
    now, most = notebook.cells[-1].outputs[-1].text.split()
    return int(now), int(most)


def of_server() -> int:
    """Start JupyterLab without a browser and without a notebook; return its resident memory."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0"]
        options = ["--allow-root", f"--ServerApp.root_dir={folder}"]
        environment = {**os.environ, "JUPYTER_RUNTIME_DIR": folder}
        server = subprocess.Popen([*command, *options], env=environment, stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + START
            while not list(Path(folder).glob("jpserver-*.json")):
                if server.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("JupyterLab did not start")
                time.sleep(0.2)
            time.sleep(2)  # its extensions are loading
            return int(psutil.Process(server.pid).memory_info().rss)
        finally:
            server.terminate()
            server.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure, and print megabytes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    options = parser.parse_args(arguments)
    print(f"JupyterLab: {of_server() / 1e6:.0f} MB")
    for path in (None, *options.notebooks):
        now, most = of_kernel(path)
        name = "a kernel that has run nothing" if path is None else path.stem
        print(f"{name}: {now / 1e6:.0f} MB, at most {most / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
