"""Where the first weights of a run come from, if not from its seed: another run, or a file."""

from dataclasses import dataclass

START = "start.safetensors"  # file with the first weights of a run that continues another one


@dataclass(frozen=True)
class Parent:
    """Snapshot of a run that another run continues.

    Attributes:
        run: id of the continued run, which may have been deleted since.
        title: of that run when the other one began.
        step: of the snapshot.
        optimizer: whether the state of the optimizer was kept too.
    """

    run: str
    title: str
    step: int
    optimizer: bool


@dataclass(frozen=True)
class Upload:
    """File with weights that were trained elsewhere.

    Attributes:
        file: its name on the user's machine.
        sha256: digest of its content.
    """

    file: str
    sha256: str
