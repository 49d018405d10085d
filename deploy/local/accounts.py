"""PostgreSQL refuses to run as root; started by root it runs as an unprivileged account instead.

That account must be able to reach the program and the data, which may lie below a directory that only root
may enter (a home directory, a temporary one). It gets the right to pass through such a directory and no
more: an access-control entry for it alone, or, where the file system has none, o+x.
"""

import os
import pwd
import stat
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StackError

_ACL = "system.posix_acl_access"
_ACL_VERSION = 2
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NO_ID = 0xFFFFFFFF


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """The account to drop to when we are root, else None. DUBAN_POSTGRES_USER names another."""
    if os.geteuid() != 0:
        return None
    wanted = os.environ.get("DUBAN_POSTGRES_USER")
    for name in [wanted] if wanted else ["postgres", "nobody"]:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise StackError(
        f"PostgreSQL does not run as root and there is no account {wanted or 'postgres or nobody'} to run it as.",
        "Start as an ordinary user, or name an account: DUBAN_POSTGRES_USER=name",
    )


def may_enter(directory: Path, account: Account) -> bool:
    """Ask the kernel, as that account: modes, groups and access-control entries all count."""
    probe = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(directory)],
        check=False,
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
    )
    return probe.returncode == 0


def open_the_way(path: Path, account: Account) -> list[Path]:
    """Let the account pass through every directory above `path`; returns those that had to be opened."""
    if may_enter(path.resolve().parent, account):
        return []
    opened = []
    for directory in reversed(path.resolve().parents):
        if may_enter(directory, account):
            continue
        if not _grant_by_acl(directory, account):
            directory.chmod(directory.stat().st_mode | stat.S_IXOTH)
        opened.append(directory)
    return opened


def make_readable(tree: Path) -> None:
    """Let everybody read an installed program, which a strict umask at installation may have prevented."""
    for path in [tree, *tree.rglob("*")]:
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if path.is_dir() or mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)


def _grant_by_acl(directory: Path, account: Account) -> bool:
    if not hasattr(os, "setxattr"):
        return False
    mode = directory.stat().st_mode
    group = mode >> 3 & 7
    entries = [
        (_USER_OBJ, mode >> 6 & 7, _NO_ID),
        (_USER, 1, account.uid),
        (_GROUP_OBJ, group, _NO_ID),
        (_MASK, group | 1, _NO_ID),
        (_OTHER, mode & 7, _NO_ID),
    ]
    try:
        if _ACL in os.listxattr(directory):
            return False  # somebody's own entries: adding o+x is safer than rewriting them
        packed = struct.pack("<I", _ACL_VERSION) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
        os.setxattr(directory, _ACL, packed)
    except OSError:
        return False
    return True
