"""Solar Staff's web pages."""

from pathlib import Path

from emulators.pages import Pages

PAGES = Pages(
    Path(__file__).parent / "pages",
    "Solar Staff",
    "Это не настоящий Solar Staff, а его эмулятор для разработки и проверки партнёрского портала.",
)
