r"""Where things lie on this computer, and which places a ledger must not lie in.

Everything of one user stands in one folder that is never roamed or synchronised: ``%LOCALAPPDATA%\mhdesk``,
``~/Library/Application Support/mhdesk`` or ``$XDG_DATA_HOME/mhdesk``. The classifier knows nothing but names and
the kind of drive, so that it can be tested without the drives.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path, PurePath

APPLICATION = "mhdesk"


class DriveKind(StrEnum):
    """What a folder's drive is, as the system tells."""

    FIXED = "fixed"
    REMOVABLE = "removable"
    NETWORK = "network"
    UNKNOWN = "unknown"


class PlaceProblem(StrEnum):
    """Why a ledger must not lie in a folder."""

    NETWORK = "network"  # locks and the write-ahead log do not work over a network
    REMOVABLE = "removable"  # pulled out in mid-write, lost, stolen
    SYNCED = "synced"  # a sync client copies half-written files, and copies them into a cloud


# Folder names of sync clients and of chat programs that clean up after themselves; compared in lower case.
_SYNC_NAMES = frozenset(
    {
        *("onedrive", "dropbox", "google drive", "googledrive", "my drive", "我的云端硬盘", "iclouddrive"),
        *("icloud drive", "mobile documents", "cloudstorage", "box sync", "mega", "megasync"),
        *("nutstore", "nutstore files", "坚果云", "我的坚果云"),
        *("baidunetdisk", "baidunetdiskworkspace", "baidunetdiskdownload", "baiduyun"),
        *("百度网盘", "百度网盘同步空间", "百度云同步盘"),
        *("360云盘", "360安全云盘", "360yunpan", "360wangpan", "360cloudui"),
        *("wps云盘", "wps网盘", "wps cloud files", "wpsdrive", "kingsoftdata", "金山快盘"),
        *("微云", "腾讯微云", "weiyun", "weiyundisk", "天翼云盘", "天翼云盘同步盘", "ecloud"),
        *("阿里云盘", "adrive", "aliyundrive", "夸克网盘", "quarkclouddrive", "115生活", "115网盘"),
        *("和彩云", "中国移动云盘", "联想云盘"),
        *("seafile", "nextcloud", "owncloud", "syncthing", "synologydrive"),
        *("wechat files", "xwechat_files", "tencent files", "dingtalk", "wxwork"),
    }
)
# "OneDrive - 卫生院", "Dropbox (Personal)", "百度网盘(2)": a known name, then a mark
_SYNC_TAIL = re.compile(r"\s*[-(（].*$")
_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smbfs", "smb3", "smb2", "afpfs", "webdav", "davfs", "9p", "afs", "ceph", "glusterfs"}
)
_WINDOWS_DRIVES = {2: DriveKind.REMOVABLE, 3: DriveKind.FIXED, 4: DriveKind.NETWORK, 6: DriveKind.FIXED}


def data_folder(
    platform: str = sys.platform, environ: Mapping[str, str] = os.environ, home: Path | None = None
) -> Path:
    """The user's own folder of this program; it need not exist yet."""
    home = home or Path.home()
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / APPLICATION
    if platform == "darwin":
        return home / "Library" / "Application Support" / APPLICATION
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / APPLICATION


def default_ledger(environ: Mapping[str, str] = os.environ) -> Path:
    """The ledger folder when none is named: ``MHDESK_LEDGER``, else ``ledger`` in the user's data folder."""
    named = environ.get("MHDESK_LEDGER")
    return Path(named) if named else data_folder(environ=environ) / "ledger"


def settings_file() -> Path:
    """The window's preferences."""
    return data_folder() / "settings.json"


def log_folder() -> Path:
    """Where the log files lie."""
    return data_folder() / "log"


# ---------------------------------------------------------------- places a ledger must not lie in


def place_problem(folder: PurePath, drive: DriveKind, sync_roots: Iterable[PurePath] = ()) -> PlaceProblem | None:
    r"""Why `folder` is no place for a ledger; None when it is one.

    `drive` is what the system says of the drive (an unknown one is refused like a network drive: no lock can be
    trusted there); `sync_roots` are folders a sync client told us about. ``\\server\share`` is a network place
    whatever the system says, ``\\?\C:\`` is not.
    """
    text = str(folder).replace("/", "\\") if folder.drive or str(folder).startswith("\\\\") else str(folder)
    if text.startswith("\\\\") and not re.match(r"\\\\[?.]\\(?!UNC\\)", text, re.IGNORECASE):
        return PlaceProblem.NETWORK
    if drive in {DriveKind.NETWORK, DriveKind.UNKNOWN}:
        return PlaceProblem.NETWORK
    if drive is DriveKind.REMOVABLE:
        return PlaceProblem.REMOVABLE
    names = {_SYNC_TAIL.sub("", part.casefold()).strip() for part in folder.parts}
    if names & _SYNC_NAMES or any(folder.is_relative_to(root) for root in sync_roots):
        return PlaceProblem.SYNCED
    return None


def sync_roots(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Folders that a sync client names in the environment."""
    names = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
    return [Path(value) for name in names if (value := environ.get(name))]


def drive_kind(folder: Path) -> DriveKind:
    """What the system says of the drive that holds `folder` (or will hold it)."""
    existing = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    if sys.platform == "win32":
        import ctypes

        root = ctypes.c_wchar_p(existing.resolve().anchor)
        return _WINDOWS_DRIVES.get(ctypes.windll.kernel32.GetDriveTypeW(root), DriveKind.UNKNOWN)
    if sys.platform == "darwin":
        return DriveKind.FIXED
    return _linux_drive(existing.resolve(), Path("/proc/self/mounts"), Path("/sys"))


def _linux_drive(folder: Path, mounts: Path, system: Path) -> DriveKind:
    """The file system of the longest mount point above `folder`; removable when the kernel says so of its disk."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return DriveKind.FIXED
    found: tuple[int, str, str] = (-1, "", "")
    for line in lines:
        device, point, kind = line.split(" ")[:3]
        place = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point))
        if folder.is_relative_to(place):
            found = max(found, (len(place.parts), device, kind))
    _, device, kind = found
    if kind in _NETWORK_FILE_SYSTEMS or kind.removeprefix("fuse.") in {*_NETWORK_FILE_SYSTEMS, "sshfs", "rclone"}:
        return DriveKind.NETWORK
    disk = re.sub(r"(?<=\D)\d+$", "", Path(device).name)
    flag = system / "block" / disk / "removable"
    if flag.is_file() and flag.read_text(encoding="ascii").strip() == "1":
        return DriveKind.REMOVABLE
    return DriveKind.FIXED
