"""The master key's file: made once, never overwritten, read by its owner alone."""

import base64
import os
from pathlib import Path

from kit.settings import BadSettings


def make(file: Path, *, must_be_new: bool = False) -> bool:
    """Write 32 random bytes in base64 that only their owner can read; False when the file is there already.

    Raises BadSettings when it cannot be written, or is there and `must_be_new`.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if must_be_new:
            raise BadSettings(f"{file} exists: a master key is never overwritten") from None
        return False
    except OSError as error:
        raise BadSettings(f"{file}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as target:
        target.write(base64.b64encode(os.urandom(32)) + b"\n")
    return True
