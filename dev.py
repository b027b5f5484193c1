#!/usr/bin/env python3
"""The one door for people who work on mhdesk: ``python3 dev.py COMMAND``. Standard library only.

It makes ``.venv`` from the hash-pinned lock, installs missing system libraries on Debian and Ubuntu (or prints the
command where it may not), and runs what was asked for. A clone may lie under any path, with spaces and Chinese too.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
OLDEST = (3, 11)
NETWORK_SIGNS = ("Connection", "timed out", "Temporary failure", "Name or service", "getaddrinfo", "ProxyError", "SSL")
#: Where the numbers are proved: hand-worked cases, the second implementation, invariants.
NUMBERS = ("tests/rules/test_cases.py", "tests/rules/test_second_opinion.py", "tests/services/test_numbers.py")
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


class SystemNeed(NamedTuple):
    """A Debian package, and how to see that it is there: a shared library (``lib….so.N``) or a program."""

    package: str
    sign: str

    def is_there(self) -> bool:
        """Whether the library loads or the program is found."""
        if ".so" not in self.sign:
            return shutil.which(self.sign) is not None
        try:
            ctypes.CDLL(self.sign)
        except OSError:
            return False
        return True


# Found by trial in a minimal Debian 12: what the wheels of Qt do not bring along.
QT_NEEDS = (
    SystemNeed("libegl1", "libEGL.so.1"),
    SystemNeed("libgl1", "libGL.so.1"),
    SystemNeed("libglib2.0-0", "libglib-2.0.so.0"),
    SystemNeed("libfontconfig1", "libfontconfig.so.1"),
    SystemNeed("libxkbcommon0", "libxkbcommon.so.0"),
    SystemNeed("libdbus-1-3", "libdbus-1.so.3"),
)
SCREEN_NEEDS = (
    SystemNeed("libxcb-cursor0", "libxcb-cursor.so.0"),
    SystemNeed("libxcb-icccm4", "libxcb-icccm.so.4"),
    SystemNeed("libxcb-keysyms1", "libxcb-keysyms.so.1"),
    SystemNeed("libxcb-shape0", "libxcb-shape.so.0"),
    SystemNeed("libxkbcommon-x11-0", "libxkbcommon-x11.so.0"),
    SystemNeed("libcups2", "libcups.so.2"),
)
TEST_NEEDS = (
    *SCREEN_NEEDS,
    SystemNeed("xvfb", "Xvfb"),
    SystemNeed("xauth", "xauth"),
    SystemNeed("xdotool", "xdotool"),
    SystemNeed("poppler-utils", "pdftotext"),
)
BUILD_NEEDS = (SystemNeed("binutils", "objdump"),)


def say(chinese: str, english: str) -> None:
    """One line for the user, one for the developer."""
    print(f"{chinese}\n  {english}", flush=True)


def stop(chinese: str, english: str) -> NoReturn:
    """Say why it ends here, and end."""
    print(f"\n{chinese}\n{english}", file=sys.stderr, flush=True)
    raise SystemExit(1)


# ---------------------------------------------------------------- the machine


def has_display() -> bool:
    """Whether a window can be shown. A CI machine has none, whatever it says."""
    if os.environ.get("CI"):
        return False
    if WINDOWS or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def ensure_system(needs: tuple[SystemNeed, ...]) -> None:
    """Install the missing system packages, or print the command and end."""
    if not sys.platform.startswith("linux"):
        return
    missing = [need.package for need in needs if not need.is_there()]
    if missing:
        install_packages(missing)


def install_packages(packages: list[str]) -> None:
    """``apt-get install``; the package lists are fetched first when there are none, or when they are too old."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    shown = " ".join(["sudo", *command])
    if shutil.which("apt-get") is None:
        stop(
            f"缺少系统组件：{' '.join(packages)}（Debian 包名）。请用本系统的软件管理器安装后再试。",
            "System libraries are missing (Debian names above); install them with your package manager.",
        )
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        stop(
            f"缺少系统组件，请先执行：\n    sudo apt-get update\n    {shown}",
            "Run these commands, then try again.",
        )
    say(f"正在安装系统组件：{' '.join(packages)}", "installing system libraries with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        subprocess.run(["apt-get", "update", "-q"], check=False, env=environment)
    if subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL).returncode == 0:
        return
    subprocess.run(["apt-get", "update", "-q"], check=False, env=environment)
    if subprocess.run(command, check=False, env=environment).returncode != 0:
        stop(
            f"系统组件没有装上。请检查网络，或手工执行：\n    {shown}",
            "apt-get could not install them: see its messages above.",
        )


# ---------------------------------------------------------------- the virtual environment


def lock_file(name: str) -> Path:
    """The lock of a set of packages: ``runtime``, ``dev`` (holds runtime too) or ``build`` (holds runtime too)."""
    return ROOT / "lock" / f"{name}.txt"


def lock_digest(name: str) -> str:
    """What the stamp holds: this lock, on this Python."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return f"{version} {hashlib.sha256(lock_file(name).read_bytes()).hexdigest()}"


def is_installed(name: str) -> bool:
    """Whether ``.venv`` holds exactly this lock; ``dev`` and ``build`` hold the runtime packages too."""
    names = ("runtime", "dev", "build") if name == "runtime" else (name,)
    stamps = {one: VENV / f"{one}.stamp" for one in names}
    return PYTHON.exists() and any(
        stamp.exists() and stamp.read_text(encoding="utf-8") == lock_digest(one) for one, stamp in stamps.items()
    )


def ensure_venv(name: str) -> None:
    """Make ``.venv`` hold the packages of a lock. Nothing is done when it does already."""
    if is_installed(name):
        return
    if not (PYTHON.exists() and answers([PYTHON, "-m", "pip", "--version"])):
        make_venv()
    say("正在安装依赖（首次约 250 MB，请稍候）……", f"installing lock/{name}.txt; details in .venv/install.log")
    command: list[str | Path] = [
        *(PYTHON, "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:"),
        *("--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r", lock_file(name)),
    ]
    log = VENV / "install.log"
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(command, check=False, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
    if done.returncode != 0:
        explain_pip_failure(log.read_text(encoding="utf-8", errors="replace"))
    (VENV / f"{name}.stamp").write_text(lock_digest(name), encoding="utf-8")


def answers(command: Sequence[str | Path]) -> bool:
    """Whether a command runs and succeeds, silently."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def make_venv() -> None:
    """An empty virtual environment; a half-made one is replaced."""
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        install_packages([f"python3.{sys.version_info.minor}-venv"])
    say("正在建立运行环境 .venv ……", "making the virtual environment")
    # A new process: what apt-get has just installed is not seen by this one.
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
    if made.returncode != 0:
        stop("运行环境没有建成。请看上面的信息。", "python -m venv failed: see above.")


def explain_pip_failure(output: str) -> NoReturn:
    """Tell network trouble from the rest, in plain words."""
    if any(sign in output for sign in NETWORK_SIGNS):
        stop(
            "下载依赖失败：连不上软件包网站。请检查网络或代理设置后，再执行同一条命令，会接着安装。",
            "The package index could not be reached. Check the network or proxy and run the same command again.",
        )
    if "hash" in output.lower() and "DO NOT MATCH" in output:
        stop(
            "下载的依赖与锁定的校验值不符，已拒绝安装。请勿使用来历不明的镜像站。",
            "A download does not match the pinned hash and was refused.",
        )
    print("\n".join(output.strip().splitlines()[-12:]), file=sys.stderr)
    stop(
        "依赖没有装上。完整记录在 .venv/install.log。",
        "pip failed; the whole log is in .venv/install.log.",
    )


def child_environment(**extra: str) -> dict[str, str]:
    """What our own Python processes run with: our four packages first, nothing picked up from the current folder."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",  # a folder named db in the current folder must not shadow ours
        "PYTHONUTF8": "1",
        **extra,
    }


def python(*arguments: str | Path, **extra: str) -> int:
    """Run the virtual environment's Python and return its exit status."""
    return subprocess.run([PYTHON, *arguments], check=False, env=child_environment(**extra), cwd=ROOT).returncode


# ---------------------------------------------------------------- commands


def command_run(arguments: list[str]) -> int:
    """Start the program: the window, or a command of it (run --help)."""
    ensure_system(QT_NEEDS + (SCREEN_NEEDS if has_display() else ()))
    ensure_venv("runtime")
    return python("-m", "mhdesk", *arguments)


def command_demo(arguments: list[str]) -> int:
    """Build a synthetic ledger in DIR, do the main job on it, and show the window."""
    ensure_system(QT_NEEDS + (SCREEN_NEEDS if has_display() else ()))
    ensure_venv("runtime")
    if arguments and not arguments[0].startswith("-"):
        folder, rest = Path(arguments[0]).resolve(), arguments[1:]
    else:
        folder, rest = ROOT / "demo-out" / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S"), arguments
    say("正在生成演示台账（全部为虚构人员），导入并汇总……", "synthetic workbook, import, weekly report")
    started = time.monotonic()
    made = make_demo(folder, rest)
    if made is None:
        return 1
    tell_demo(made, time.monotonic() - started)
    ledger, password_file = made["ledger"], made["password_file"]
    if has_display():
        say("现在打开窗口；关闭窗口即结束演示。", "opening the window")
        if python("-m", "mhdesk", "--ledger", ledger, "--password-file", password_file, "open") == 0:
            return 0
        say("窗口没有打开，改为输出界面图片。", "the window did not open: writing pictures of it instead")
    return write_shots(ledger, password_file, folder / "shots")


def make_demo(folder: Path, arguments: list[str]) -> dict[str, Any] | None:
    """Run the program's demo; its JSON document, or None after it has told what went wrong."""
    command: list[str | Path] = [PYTHON, "-m", "mhdesk", "--json", "demo", folder, *arguments]
    done = subprocess.run(
        command, check=False, env=child_environment(), stdout=subprocess.PIPE, encoding="utf-8", cwd=ROOT
    )
    if done.returncode == 0:
        made: dict[str, Any] = json.loads(done.stdout)
        return made
    print(done.stdout, file=sys.stderr)
    return None


def tell_demo(made: dict[str, Any], seconds: float) -> None:
    """What the demo made, and where, in Chinese."""
    print(f"\n演示完成，用时 {seconds:.0f} 秒。")
    print(f"  患者 {made.get('patients')} 人，随访 {made.get('follow_ups')} 次（全部虚构）")
    print(f"  台账（加密）：{made['ledger']}")
    print(f"  演示密码：{first_line(Path(made['password_file']))}（在 {made['password_file']}）")
    for file in made.get("files", []):
        print(f"  生成的文件：{file}")
    print(flush=True)


def first_line(file: Path) -> str:
    """The first line of a file, or nothing."""
    lines = file.read_text(encoding="utf-8-sig").splitlines() if file.exists() else []
    return lines[0] if lines else ""


def write_shots(ledger: str, password_file: str, folder: Path) -> int:
    """Pictures of the window's pages, without a display."""
    print(f"界面图片在 {folder}：", flush=True)
    return python(
        *("-m", "ui.shots", "--ledger", ledger, "--password-file", password_file, "--out", folder),
        QT_QPA_PLATFORM="offscreen",
    )


def lint_steps() -> list[tuple[str, list[str]]]:
    """The static checks, in the order of their speed."""
    return [
        ("ruff", ["-m", "ruff", "check", "--output-format", "concise", "."]),
        ("ruff format", ["-m", "ruff", "format", "--check", "--quiet", "."]),
        ("import-linter", ["-c", LINT_IMPORTS, "--no-cache"]),
        ("mypy", ["-m", "mypy"]),
    ]


def run_lint() -> list[str]:
    """Run every static check; the names of those that failed."""
    failed = []
    for name, arguments in lint_steps():
        print(f"\n== {name}", flush=True)
        if python(*arguments) != 0:
            failed.append(name)
            print(f"== {name}: failed", flush=True)
    return failed


def command_lint(arguments: list[str]) -> int:
    """Run ruff, import-linter and mypy."""
    no_arguments("lint", arguments)
    ensure_venv("dev")
    return 1 if run_lint() else 0


def command_test(arguments: list[str]) -> int:
    """Run every check and every test; arguments go to pytest."""
    ensure_system(QT_NEEDS + TEST_NEEDS)
    ensure_venv("dev")
    failed = run_lint()
    print("\n== pytest", flush=True)
    # tests share no state but a template that each worker makes once; "-n 0" runs them one after the other
    spread = [] if "-n" in arguments else ["-n", "auto", "--dist", "worksteal"]
    status = python("-m", "pytest", *spread, *arguments)
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)
    return status or (1 if failed else 0)


def command_bench(arguments: list[str]) -> int:
    """Measure start-up, import, roll-up, search and memory, as ratios (bench --help)."""
    ensure_system(QT_NEEDS)
    ensure_venv("dev")
    return python("-m", "tests.bench", *arguments, QT_QPA_PLATFORM="offscreen")


def command_shots(arguments: list[str]) -> int:
    """Write pictures of every page of the window to DIR (default: shots)."""
    ensure_system(QT_NEEDS)
    ensure_venv("runtime")
    folder = Path(arguments[0]).resolve() if arguments else ROOT / "shots"
    with tempfile.TemporaryDirectory(prefix="mhdesk-") as temporary:
        made = make_demo(Path(temporary) / "demo", [])
        if made is None:
            return 1
        return write_shots(made["ledger"], made["password_file"], folder)


def command_week(arguments: list[str]) -> int:
    """Type a doctor's week into the real window on an X display; pictures in DIR (default: week)."""
    ensure_system(QT_NEEDS + TEST_NEEDS)
    ensure_venv("dev")
    folder = Path(arguments[0]).resolve() if arguments else ROOT / "week"
    folder.mkdir(parents=True, exist_ok=True)
    if not sys.platform.startswith("linux"):
        return python("-m", "tests.ui.week", folder)
    screen: list[str | Path] = ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24"]
    environment = child_environment(QT_QPA_PLATFORM="xcb")
    command = [*screen, PYTHON, "-m", "tests.ui.week", folder]
    return subprocess.run(command, check=False, env=environment, cwd=ROOT).returncode


def command_trust(arguments: list[str]) -> int:
    """Run the long crash, fuzz and merge sweeps."""
    ensure_system(QT_NEEDS + TEST_NEEDS)
    ensure_venv("dev")
    sweeps = ("tests/trust", "tests/exchange", "tests/services/test_district_merge.py")
    return python("-m", "pytest", "--sweep", *sweeps, *arguments)


def command_numbers(arguments: list[str]) -> int:
    """Hold the numbers against a second implementation: --examples N random ledgers a test (default: 1000)."""
    ensure_system(QT_NEEDS + TEST_NEEDS)
    ensure_venv("dev")
    many = [] if "--examples" in arguments else ["--examples", "1000"]
    long = ["-o", "faulthandler_timeout=0"]  # a test may take hours then
    return python("-m", "pytest", *NUMBERS, *many, *long, *arguments)


def command_build(arguments: list[str]) -> int:
    """Build the program folder dist/mhdesk with PyInstaller and try it from a folder with a Chinese name."""
    no_arguments("build", arguments)
    ensure_system(QT_NEEDS + BUILD_NEEDS)
    ensure_venv("build")
    status = python(
        *("-m", "PyInstaller", "--noconfirm", "--clean", "build.spec"),
        PYTHONHASHSEED="1",
        SOURCE_DATE_EPOCH=source_date(),
    )
    if status != 0:
        return status
    program = ROOT / "dist" / "mhdesk" / ("mhdesk-cli.exe" if WINDOWS else "mhdesk-cli")
    with tempfile.TemporaryDirectory(prefix="试运行 ") as elsewhere:
        (Path(elsewhere) / "db").mkdir()  # must not shadow ours
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        status = subprocess.run([program, "selfcheck"], check=False, cwd=elsewhere, env=environment).returncode
    if status == 0:
        say(f"已生成并试运行：{program.parent}", "built, and its self-check passed")
    return status


def source_date() -> str:
    """The time of the last commit, in seconds: the same source gives the same program."""
    asked = ["git", "log", "-1", "--format=%ct"]
    answer = subprocess.run(asked, check=False, cwd=ROOT, capture_output=True, encoding="utf-8").stdout.strip()
    return answer or "1767225600"


def command_lock(arguments: list[str]) -> int:
    """Renew lock/*.txt from pyproject.toml; arguments go to pip-compile (for example --upgrade)."""
    ensure_venv("dev")
    header = "# Made by `python3 dev.py lock` from pyproject.toml: exact versions, hashes of every platform's files.\n"
    for name in ("runtime", "dev", "build"):
        wanted = [] if name == "runtime" else ["--extra", name, "--constraint", lock_file("runtime")]
        status = python(
            *("-m", "piptools", "compile", "--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe"),
            *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
            *("--no-emit-trusted-host", *wanted, "--output-file", lock_file(name), *arguments, "pyproject.toml"),
        )
        if status != 0:
            return status
        text = lock_file(name).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines(keepends=True) if line.strip() and not line.startswith("#")]
        lock_file(name).write_text(header + "".join(lines), encoding="utf-8")
    return 0


def no_arguments(command: str, arguments: list[str]) -> None:
    """End with the usage when a command that takes none was given arguments."""
    if arguments:
        stop(f"{command} 不带参数。", f"{command} takes no arguments.")


COMMANDS = {
    "run": command_run,
    "demo": command_demo,
    "test": command_test,
    "lint": command_lint,
    "bench": command_bench,
    "shots": command_shots,
    "week": command_week,
    "trust": command_trust,
    "check-numbers": command_numbers,
    "build": command_build,
    "lock": command_lock,
}


def usage() -> str:
    """The commands and what each does, from their docstrings."""
    lines = [f"  {name:14} {function.__doc__}" for name, function in COMMANDS.items()]
    return "\n".join(["usage: python3 dev.py COMMAND [arguments]", "", *lines])


def newer_python() -> str | None:
    """A new enough Python on this machine, when the one that runs is too old."""
    found = (shutil.which(f"python3.{minor}") for minor in (13, 12, 11))
    return next((path for path in found if path), None)


def main(arguments: list[str]) -> int:
    """Run one command; 2 for a wrong one."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a console that lacks Chinese shows ?
    if sys.version_info < OLDEST:
        other = newer_python()
        if other is None:
            have = ".".join(str(part) for part in sys.version_info[:2])
            stop(f"需要 Python 3.11 或更新版本，现在是 {have}。", f"Python 3.11 or newer is needed; this is {have}.")
        return subprocess.run([other, __file__, *arguments], check=False).returncode
    if not arguments or arguments[0] not in COMMANDS:
        asked_for_help = bool(arguments) and arguments[0] in {"-h", "--help", "help"}
        print(usage(), file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    return COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
