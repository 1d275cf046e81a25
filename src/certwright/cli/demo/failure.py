"""The one exception of the demo."""

from __future__ import annotations


class DemoFailed(Exception):
    """Something did not go as it should; the message is a line for people, ``log`` what the server said last."""

    def __init__(self, message: str, *, log: str = "") -> None:
        super().__init__(message)
        self.log = log
