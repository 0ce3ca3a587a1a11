"""A legal partner's requisites, as somebody types them."""

import re

from playwright.sync_api import Page

REQUISITES = {
    "Название": "ООО «Красные цветы»",
    "ИНН": "7707083893",
    "КПП": "770701001",
    "ОГРН или ОГРНИП": "1027700132195",
    "Юридический адрес": "Москва, ул. Цветочная, 1",
    "Расчётный счёт": "4070 2810 3000 0000 4567",
    "Банк": "ПАО Банк",
    "БИК": "044525225",
    "Корреспондентский счёт": "30101810400000000225",
}


def type_in(page: Page, typed: dict[str, str]) -> None:
    for label, text in typed.items():
        page.get_by_role("textbox", name=re.compile(f"^{label}")).fill(text)
