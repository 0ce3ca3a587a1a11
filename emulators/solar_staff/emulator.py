"""What the emulator consists of while it runs."""

from dataclasses import dataclass, field

from emulators.database import Database
from emulators.faults import Faults
from emulators.solar_staff import cards, workers
from emulators.solar_staff.keys import Keys
from emulators.solar_staff.outcomes import Outcomes


@dataclass
class Emulator:
    database: Database
    keys: Keys
    faults: Faults = field(default_factory=Faults)
    outcomes: Outcomes = field(default_factory=Outcomes)
    demo: bool = False

    def add_demo_people(self) -> None:
        """Whom the portal's demo knows by these numbers: Vera, who has linked a card. Only where nobody is yet."""
        if not self.demo:
            return
        with self.database.transaction() as books:
            if not workers.newest(books, 1):
                vera = workers.create(books, "vera@example.ru", first_name="Вера", last_name="Блогова", phone="")
                cards.add(books, vera, number="4000000000004321", status=cards.LINKED)

    def reset(self) -> None:
        """As if just started with a new data file."""
        self.faults.clear()
        self.outcomes.clear()
        with self.database.transaction() as books:
            self.database.empty(books)
        self.add_demo_people()
