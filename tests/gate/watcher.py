"""A plugin that writes down what a run does to the machine: files opened, processes started, sockets."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

SEEN: dict[str, list[str]] = {"read": [], "written": [], "processes": [], "network": [], "deleted": []}
_DONE: list[bool] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _DONE:
        return
    if event == "open" and isinstance(arguments[0], str | bytes):
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        kind = "written" if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) else "read"
        SEEN[kind].append(os.path.realpath(os.fsdecode(arguments[0])))
    elif event == "subprocess.Popen":
        words = arguments[1]
        SEEN["processes"].append(str(words[0] if isinstance(words, list | tuple) else words))
    elif event in ("os.system", "os.exec", "os.posix_spawn", "os.spawn"):
        SEEN["processes"].append(f"{event} {arguments[0]!r}")
    elif event.startswith("socket."):
        SEEN["network"].append(event)
    elif event in ("os.remove", "os.rmdir", "shutil.rmtree", "os.rename"):
        SEEN["deleted"].append(f"{event} {arguments[0]!r}")


sys.addaudithook(_watch)


def pytest_unconfigure() -> None:
    _DONE.append(True)
    modules = [str(file) for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))]
    Path(os.environ["WATCHED"]).write_text(json.dumps({**SEEN, "modules": modules}), encoding="utf-8")
