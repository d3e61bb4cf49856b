"""
Everything that can stop a run because of its user, its data or its machine.

    JudgeError                one line for the user: what was wrong, where, what to do
    ├── ConfigError           the config cannot be run
    ├── DataError             the data set cannot be read as one
    ├── PromptError           a template or a rubric cannot be rendered
    ├── BackendError          the judge cannot be loaded, or cannot answer
    ├── StoreError            the store of replies, or the file of decisions, cannot be read or written
    └── InstallError          a package that is needed is missing, or not as this version knows it

A bad *row* is no error: it becomes a `Reject`; a row the judge cannot score becomes an `Unscored`.
A traceback that reaches the user is a bug.
"""


class JudgeError(Exception):
    """Base of all errors shown to the user as one line."""


class ConfigError(JudgeError):
    """A wrong key, type, value or combination in the configuration."""


class DataError(JudgeError):
    """The data set as a whole cannot be used; single bad rows never raise this."""


class PromptError(JudgeError):
    """A template has a mistake, or names a variable that it is not given."""


class BackendError(JudgeError):
    """The judge model cannot be found, loaded or asked."""


class StoreError(JudgeError):
    """The store of replies, or the file of people's decisions, is damaged, locked for too long, or not ours."""


class InstallError(JudgeError):
    """A package that is needed is not installed, or is one that this version does not know."""


class Interrupted(KeyboardInterrupt):
    """
    SIGINT or SIGTERM arrived; what was answered is already stored.

    Not a `JudgeError`, and not an `Exception`: it must end a whole sweep, not one of its jobs.
    Whoever can say how far the work had come adds that as a note.

    Attributes:
        signum: the signal's number; the process exits with 128 + signum.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
