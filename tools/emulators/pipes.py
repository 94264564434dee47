"""Pipes between an emulator and who looks at it. Logs can be gigabytes: none is kept."""

import fcntl
import os
import threading
import time

PIPE_SIZE = 1 << 20  # what an unprivileged process may have


def log_pipe():
    """A large pipe: (read end, write end)."""
    read_fd, write_fd = os.pipe()
    fcntl.fcntl(write_fd, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    return read_fd, write_fd


def pump_log(fd, witness):
    """Emulators write line by line: what comes in a moment is read at once, so that both can work."""
    with os.fdopen(fd, "rb", buffering=0) as log:
        while data := log.read(PIPE_SIZE):
            witness.feed(data)
            if len(data) < PIPE_SIZE // 4:
                time.sleep(0.02)
    witness.close()


def reader(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    return thread
