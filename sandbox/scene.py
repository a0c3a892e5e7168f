"""What the stand-ins work with. Only the demo makes one."""

from dataclasses import dataclass
from typing import cast

from kit.clock import DemoClock
from kit.ground import Ground
from sandbox.glucolink.app import GlucoLink
from sandbox.tv import Television


@dataclass(frozen=True, slots=True)
class Scene:
    """Made by the demo alone, found at `request.app.state.sandbox`.

    It cannot be made on the machine's own clock: a house that keeps real time has no inbox to read and no clock to
    move, whatever its settings say.
    """

    ground: Ground
    sms_key: str
    """What our SMS channel proves itself with to the stand-in operator."""
    glucolink: GlucoLink
    tv: Television | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.ground.clock, DemoClock):
            raise TypeError("the sandbox only stands beside a demo clock")

    @property
    def clock(self) -> DemoClock:
        """The clock that the demo may move."""
        return cast(DemoClock, self.ground.clock)
