"""What the emulator consists of while it runs."""

from dataclasses import dataclass, field

from emulators.database import Books, Database
from emulators.faults import Faults
from emulators.service import accounts
from emulators.service.keys import Keys

DEMO_PASSWORD = "demo-partner"  # noqa: S105 - made up and printed for everyone to see
_DEMO = [
    ("acc-62b0", "anna@example.ru", "Анна Юрлицова"),
    ("acc-gleb1", "gleb@example.ru", "Глеб Первоклиентов"),
    ("acc-darya", "darya@example.ru", "Дарья Новосёлова"),
    ("acc-3456", "boris@example.ru", "Борис Физлицын"),
    ("acc-vera-blog", "vera@example.ru", "Вера Блогова"),
    ("acc-egor7", "egor@example.ru", "Егор Переходов"),
    ("acc-zoya", "zoya@example.ru", "Зоя Закрытова"),
    ("acc-guest", "guest@example.ru", "Гость Неучастник"),
    ("acc-pavel", "pavel@example.ru", "Павел Ждунов"),
    ("acc-olga", "olga@example.ru", "Ольга Отклонова"),
]


@dataclass
class Emulator:
    database: Database
    keys: Keys
    portal: str
    demo: bool = False
    faults: Faults = field(default_factory=Faults)

    def add_demo_accounts(self) -> None:
        """The people of the portal's demo, where it is asked for; those who are there stay as they are.

        They were with the service before there was a feed, so it doesn't tell of them.
        """
        if self.demo:
            with self.database.transaction() as books:
                for number, (account_id, email, name) in enumerate(_DEMO, start=1):
                    if accounts.find(books, account_id) is None:
                        _add(books, account_id, email, name, f"+7 900 000-00-{number:02}")

    def reset(self) -> None:
        """As if just started with a new data file; but event numbers go on, for whoever follows the feed by them."""
        self.faults.clear()
        with self.database.transaction() as books:
            self.database.empty(books)
        self.add_demo_accounts()


def _add(books: Books, account_id: str, email: str, name: str, phone: str) -> None:
    about = {"id": account_id, "email": email, "name": name, "phone": phone, "password": DEMO_PASSWORD}
    accounts.register(books, about, announced=False)
