"""What a deployment did while it was waited for: equal observations in a row are one line."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_deploy.smoke.failures import duration


@dataclass(slots=True)
class Stretch:
    """A time in which the deployment did the same. ``begin`` and ``end`` are seconds since the waiting began."""

    begin: float
    end: float
    what: str
    times: int = 1


@dataclass(slots=True)
class Timeline:
    """The stretches, in order."""

    stretches: list[Stretch] = field(default_factory=list)

    def add(self, begin: float, end: float, what: str) -> bool:
        """Note an observation; whether it is another than the one before."""
        if self.stretches and self.stretches[-1].what == what:
            self.stretches[-1].end = end
            self.stretches[-1].times += 1
            return False
        self.stretches.append(Stretch(begin, end, what))
        return True

    @property
    def last(self) -> str:
        """What was seen last."""
        return self.stretches[-1].what if self.stretches else "nothing was asked"

    def lines(self, longest: int = 30) -> list[str]:
        """One line for each stretch; of very many those in the middle are left out."""
        written = [
            f"{duration(one.begin)} to {duration(one.end)}: {one.what}" + (f" ({one.times} times)" if one.times > 1 else "")
            for one in self.stretches
        ]
        if len(written) <= longest:
            return written
        half = longest // 2
        return [*written[:half], f"… {len(written) - 2 * half} more changes …", *written[-half:]]
