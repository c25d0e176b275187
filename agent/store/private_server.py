"""Starts, finds and stops the user's own Redis server: on a Unix socket, saved in a folder of the user's data.

Several factotum processes share the server of one folder. Who is alive is told by file locks, which the system drops
when their holder dies, so a crash leaves nothing to clean up:

    start.lock    held for moments, by whoever starts or stops the server
    users.lock    shared, held by every process that uses the server; the last one out stops it
    server.lock   held by the server itself, which inherits it: two servers never write one folder

A server left by a killed process goes on and is found by the next one. Nothing is lost in any case: every write is in
the append-only file before it is answered, and on the disk a second later. Knows nothing of sessions, and speaks to
the server in three words only (PING, INFO, SHUTDOWN), so that starting up needs no client.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agent.errors import StoreUnavailable

logger = logging.getLogger(__name__)

MAX_SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
"""What fits into a Unix socket address."""
START_SECONDS = 10.0
"""How long a server may take to load its file. A small one takes a few milliseconds."""
_ANSWER_SECONDS = 2.0
_MAX_LOG_BYTES = 1_000_000
_POLL_SECONDS = 0.002


@dataclass
class PrivateServer:
    """A running private server, and this process's share in it."""

    program: Path
    # The server program it was, or would have been, started with.
    folder: Path
    # Where its append-only file, log and locks are.
    socket_path: Path
    users_lock: IO[bytes]
    # Held until `leave`.

    def leave(self) -> None:
        """Give up this process's share; stop the server when nobody else has one."""
        if self.users_lock.closed:
            return
        with _locked(self.folder / "start.lock"):
            self.users_lock.close()
            with _opened(self.folder / "users.lock") as users:
                if _try_lock(users, exclusive=True):
                    _shut_down(self.socket_path)


def join(program: Path, folder: Path) -> PrivateServer:
    """Connect to the server of a folder, starting it if none runs. Blocks: some 20 ms to start, less to find.

    Raises:
        StoreUnavailable: the folder cannot be written, or the server does not start or does not answer.
    """
    socket_path = folder / "redis.sock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        folder = folder.resolve()
        socket_path = _socket_path(folder)
        with _locked(folder / "start.lock"):
            _ensure_running(program, folder, socket_path)
            users = _opened(folder / "users.lock")
            _lock_shared(users)
            return PrivateServer(program, folder, socket_path, users)
    except OSError as error:
        raise StoreUnavailable(
            f"The private Redis server in {folder} cannot be used: {error}. Check that the folder can be written and "
            "the disk is not full, choose another data folder, or set FACTOTUM_REDIS_URL to a Redis of your own."
        ) from error


def _ensure_running(program: Path, folder: Path, socket_path: Path) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        if _ask(socket_path, b"PING") == b"+PONG":
            return
        with _opened(folder / "server.lock") as lock:
            # A server that is loading, stopping or hanging holds its lock; so does one whose socket was deleted.
            if _try_lock(lock, exclusive=True):
                _start(program, folder, socket_path, lock)
                break
        if time.monotonic() >= give_up_at:
            raise StoreUnavailable(
                f"A Redis server holds {folder / 'server.lock'} but does not answer on {socket_path}. "
                f"Stop it (its process id is in {folder / 'redis.pid'}), then try again."
            )
        time.sleep(_POLL_SECONDS)
    while _ask(socket_path, b"PING") != b"+PONG":
        with _opened(folder / "server.lock") as lock:
            is_dead = _try_lock(lock, exclusive=True)
        if is_dead or time.monotonic() >= give_up_at:
            raise StoreUnavailable(
                f"{program} did not start in {folder}: {_last_line(folder / 'redis.log')}. "
                f"Read {folder / 'redis.log'}, or set FACTOTUM_REDIS_URL to a Redis of your own."
            )
        time.sleep(_POLL_SECONDS)


def _start(program: Path, folder: Path, socket_path: Path, lock: IO[bytes]) -> None:
    settings = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "databases": "1",
        "logfile": str(folder / "redis.log"),
        "loglevel": "warning",
        # A process of its own, so that neither ctrl-C nor the end of this process reaches it.
        "daemonize": "yes",
        "pidfile": str(folder / "redis.pid"),
    }
    arguments = [text for name, value in settings.items() for text in (f"--{name}", value)]
    log = folder / "redis.log"
    if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:  # every start adds a few lines
        log.unlink()
    # The lock's file descriptor goes with the server, and with it the lock, for as long as the server lives.
    done = subprocess.run(
        [program, *arguments],
        pass_fds=[lock.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=START_SECONDS,
        check=False,
        cwd=folder,
    )
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip().splitlines()
        raise StoreUnavailable(
            f"{program} did not start (exit status {done.returncode}): {said[-1] if said else 'it said nothing'}. "
            "Repair or remove it, or set FACTOTUM_REDIS_URL to a Redis of your own."
        )


def _shut_down(socket_path: Path) -> None:
    # With a full disk, what was answered last is in the server's memory only: it goes on, and writes it once it can.
    if b"aof_last_write_status:err" in (_ask(socket_path, b"INFO persistence") or b""):
        logger.warning(
            "the private Redis server at %s cannot write its file (is the disk full?) and is left running, so that "
            "nothing is lost; make room, then start and end factotum once more",
            socket_path,
        )
        return
    # Flushes the append-only file, then exits: the connection ends without an answer.
    answer = _ask(socket_path, b"SHUTDOWN", answer_seconds=START_SECONDS)
    if answer:
        said = answer.decode("utf-8", "replace")
        logger.warning("the private Redis server at %s would not stop: %s", socket_path, said)


def _ask(socket_path: Path, word: bytes, *, answer_seconds: float = _ANSWER_SECONDS) -> bytes | None:
    """Return the (short) answer, b"" when the connection ended, None when nobody listens or answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(answer_seconds)
        try:
            connection.connect(str(socket_path))
            connection.sendall(word + b"\r\n")
            return connection.recv(65536).strip()
        except (ConnectionResetError, BrokenPipeError):
            return b""
        except OSError:  # includes a stale socket of a crashed server, and no answer in time
            return None


def _socket_path(folder: Path) -> Path:
    near = folder / "redis.sock"
    if len(os.fsencode(near)) <= MAX_SOCKET_PATH_BYTES:
        return near
    # Too long for an address: a short one that every process of this folder and user comes to.
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16] + ".sock"
    for parent in (tempfile.gettempdir(), "/tmp"):
        private = Path(parent) / f"factotum-{os.getuid()}"
        if len(os.fsencode(private / name)) <= MAX_SOCKET_PATH_BYTES:
            with contextlib.suppress(FileExistsError):
                private.mkdir(mode=0o700)
            found = private.lstat()
            # Anyone may write to the folder for temporary files: what stands there already must be ours alone.
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
                raise PermissionError(f"{private} is not a folder of this user alone (mode 0700); remove it")
            return private / name
    raise OSError(f"no path short enough for a Unix socket ({MAX_SOCKET_PATH_BYTES} bytes) was found")


def _last_line(log: Path) -> str:
    with contextlib.suppress(OSError):
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        if lines:
            return lines[-1]
    return "its log says nothing"


def _opened(path: Path) -> IO[bytes]:
    return path.open("ab")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl  # not on Windows, where no private server is tried

    with _opened(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock_shared(file: IO[bytes]) -> None:
    import fcntl

    fcntl.flock(file, fcntl.LOCK_SH)


def _try_lock(file: IO[bytes], *, exclusive: bool) -> bool:
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
