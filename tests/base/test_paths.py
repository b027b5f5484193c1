from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from mhdesk import paths
from mhdesk.paths import DriveKind, PlaceProblem, place_problem

HOME = Path("/home/王敏")


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, HOME / ".local/share/mhdesk"),
        ("linux", {"XDG_DATA_HOME": "/data"}, Path("/data/mhdesk")),
        ("darwin", {}, HOME / "Library/Application Support/mhdesk"),
        ("win32", {}, HOME / "AppData/Local/mhdesk"),
        ("win32", {"LOCALAPPDATA": "/x/Local"}, Path("/x/Local/mhdesk")),
    ],
)
def test_data_folder(platform: str, environ: dict[str, str], expected: Path) -> None:
    assert paths.data_folder(platform, environ, HOME) == expected


def test_the_ledger_named_in_the_environment_wins() -> None:
    assert paths.default_ledger({"MHDESK_LEDGER": "/srv/台账"}) == Path("/srv/台账")
    assert paths.default_ledger({"XDG_DATA_HOME": "/data"}).name == "ledger"


NETWORK, REMOVABLE, SYNCED = PlaceProblem.NETWORK, PlaceProblem.REMOVABLE, PlaceProblem.SYNCED
W, P = PureWindowsPath, PurePosixPath
PLACES: list[tuple[PurePath, PlaceProblem | None]] = [
    (W(r"C:\ProgramData\mhdesk\ledger"), None),
    (W(r"C:\Users\王敏\AppData\Local\mhdesk\ledger"), None),
    (W(r"D:\精防台账"), None),
    (W(r"D:\精防 台账\2026"), None),
    (W(r"C:\Users\wang\Documents\台账"), None),
    (W(r"C:\Users\wang\Desktop\台账"), None),
    (W(r"E:\数据\同步说明\台账"), None),
    (W(r"C:\onedriver\ledger"), None),
    (W(r"C:\my dropboxes\ledger"), None),
    (W(r"\\?\C:\ledger"), None),
    (W(r"\\.\C:\ledger"), None),
    (W(r"\\server\share\ledger"), NETWORK),
    (W(r"\\192.168.1.5\共享\台账"), NETWORK),
    (W(r"\\?\UNC\server\share\ledger"), NETWORK),
    (W("//server/share/ledger"), NETWORK),
    (W(r"\\wsl$\Debian\home\wang"), NETWORK),
    (W(r"C:\Users\wang\OneDrive\台账"), SYNCED),
    (W(r"C:\Users\wang\OneDrive - 龙华卫生院\台账"), SYNCED),
    (W(r"C:\Users\wang\onedrive"), SYNCED),
    (W(r"C:\Users\wang\OneDrive\Documents\a\b"), SYNCED),
    (W(r"C:\Users\wang\Dropbox\ledger"), SYNCED),
    (W(r"C:\Users\wang\Dropbox (Personal)\ledger"), SYNCED),
    (W(r"G:\My Drive\ledger"), SYNCED),
    (W(r"G:\我的云端硬盘\台账"), SYNCED),
    (W(r"C:\Users\wang\Google Drive\ledger"), SYNCED),
    (W(r"C:\Users\wang\iCloudDrive\ledger"), SYNCED),
    (W(r"C:\Users\wang\Nutstore\1\我的坚果云\台账"), SYNCED),
    (W(r"D:\我的坚果云"), SYNCED),
    (W(r"D:\坚果云\台账"), SYNCED),
    (W(r"D:\BaiduNetdisk\台账"), SYNCED),
    (W(r"D:\BaiduNetdiskDownload\台账"), SYNCED),
    (W(r"D:\BaiduNetdiskWorkspace\台账"), SYNCED),
    (W(r"D:\百度网盘\台账"), SYNCED),
    (W(r"D:\百度网盘同步空间\台账"), SYNCED),
    (W(r"D:\百度云同步盘\台账"), SYNCED),
    (W(r"D:\百度网盘（2）\台账"), SYNCED),
    (W(r"D:\360云盘\台账"), SYNCED),
    (W(r"D:\360安全云盘\台账"), SYNCED),
    (W(r"D:\360WangPan\台账"), SYNCED),
    (W(r"C:\Users\wang\WPS云盘\台账"), SYNCED),
    (W(r"C:\Users\wang\WPSDrive\123\WPS云盘\台账"), SYNCED),
    (W(r"C:\Users\wang\Documents\WPS Cloud Files\台账"), SYNCED),
    (W(r"C:\Users\wang\AppData\Roaming\KingsoftData\台账"), SYNCED),
    (W(r"D:\微云\台账"), SYNCED),
    (W(r"D:\腾讯微云\台账"), SYNCED),
    (W(r"D:\WeiYun\台账"), SYNCED),
    (W(r"D:\天翼云盘\台账"), SYNCED),
    (W(r"D:\eCloud\台账"), SYNCED),
    (W(r"D:\阿里云盘\台账"), SYNCED),
    (W(r"D:\aDrive\台账"), SYNCED),
    (W(r"D:\夸克网盘\台账"), SYNCED),
    (W(r"D:\115网盘\台账"), SYNCED),
    (W(r"D:\和彩云\台账"), SYNCED),
    (W(r"D:\Nextcloud\台账"), SYNCED),
    (W(r"C:\Users\wang\Documents\WeChat Files\wxid\FileStorage\File"), SYNCED),
    (W(r"C:\Users\wang\Documents\xwechat_files\a"), SYNCED),
    (W(r"C:\Users\wang\Documents\Tencent Files\123\FileRecv"), SYNCED),
    (P("/home/wang/.local/share/mhdesk/ledger"), None),
    (P("/home/wang/台账"), None),
    (P("/home/wang/Dropbox/台账"), SYNCED),
    (P("/home/wang/Nextcloud/台账"), SYNCED),
    (P("/Users/wang/Library/Mobile Documents/com~apple~CloudDocs/台账"), SYNCED),
    (P("/Users/wang/Library/CloudStorage/OneDrive-Personal/台账"), SYNCED),
    (P("/Users/wang/Library/Application Support/mhdesk/ledger"), None),
]


@pytest.mark.parametrize(("folder", "expected"), PLACES, ids=str)
def test_places_by_name(folder: PurePath, expected: PlaceProblem | None) -> None:
    assert place_problem(folder, DriveKind.FIXED) == expected


@pytest.mark.parametrize(
    ("drive", "expected"),
    [
        (DriveKind.FIXED, None),
        (DriveKind.REMOVABLE, REMOVABLE),
        (DriveKind.NETWORK, NETWORK),
        (DriveKind.UNKNOWN, NETWORK),
    ],
)
def test_places_by_drive(drive: DriveKind, expected: PlaceProblem | None) -> None:
    assert place_problem(W(r"Z:\台账"), drive) == expected


def test_a_sync_client_that_told_where_it_is() -> None:
    roots = paths.sync_roots({"OneDrive": "/data/wang/cloud", "OneDriveCommercial": ""})
    assert place_problem(P("/data/wang/cloud/台账"), DriveKind.FIXED, roots) == SYNCED
    assert place_problem(P("/data/wang/local/台账"), DriveKind.FIXED, roots) is None


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
/dev/sdb1 /media/wang/U\\040盘 vfat rw 0 0
server:/export /mnt/nfs nfs4 rw 0 0
//server/x /mnt/cifs cifs rw 0 0
wang@host:/x /mnt/ssh fuse.sshfs rw 0 0
tmpfs /mnt/nfs/inner tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/home/wang/ledger", DriveKind.FIXED),
        ("/media/wang/U 盘/ledger", DriveKind.REMOVABLE),
        ("/mnt/nfs/ledger", DriveKind.NETWORK),
        ("/mnt/cifs", DriveKind.NETWORK),
        ("/mnt/ssh/ledger", DriveKind.NETWORK),
        ("/mnt/nfs/inner/ledger", DriveKind.FIXED),
    ],
)
def test_linux_drives(folder: str, expected: DriveKind, tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(MOUNTS, encoding="utf-8")
    for disk, removable in (("sda", "0"), ("sdb", "1")):
        (tmp_path / "sys/block" / disk).mkdir(parents=True)
        (tmp_path / "sys/block" / disk / "removable").write_text(f"{removable}\n", encoding="ascii")
    assert paths._linux_drive(Path(folder), tmp_path / "mounts", tmp_path / "sys") == expected


def test_this_computer_answers(tmp_path: Path) -> None:
    assert paths.drive_kind(tmp_path / "not" / "yet" / "there") in set(DriveKind)


def test_a_system_without_mounts_is_not_refused(tmp_path: Path) -> None:
    assert paths._linux_drive(tmp_path, tmp_path / "absent", tmp_path) == DriveKind.FIXED
