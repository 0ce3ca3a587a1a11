"""What the emulator consists of while it runs."""

from dataclasses import dataclass, field

from emulators.database import Database
from emulators.faults import Faults
from emulators.solar_staff.keys import Keys
from emulators.solar_staff.outcomes import Outcomes


@dataclass
class Emulator:
    database: Database
    keys: Keys
    faults: Faults = field(default_factory=Faults)
    outcomes: Outcomes = field(default_factory=Outcomes)

    def reset(self) -> None:
        """As if just started with a new data file."""
        self.faults.clear()
        self.outcomes.clear()
        with self.database.transaction() as books:
            self.database.empty(books)
