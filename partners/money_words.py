"""Sums of money in Russian words, as documents that are signed want them."""

# fmt: off
_ONES = [
    "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять",
    "одиннадцать", "двенадцать", "тринадцать", "четырнадцать", "пятнадцать",
    "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать",
]
_TENS = ["двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"]
_HUNDREDS = ["сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"]
# fmt: on
_SCALES = [
    (9, ("миллиард", "миллиарда", "миллиардов")),
    (6, ("миллион", "миллиона", "миллионов")),
    (3, ("тысяча", "тысячи", "тысяч")),
    (0, ("рубль", "рубля", "рублей")),
]
_KOPECKS = ("копейка", "копейки", "копеек")


def money_in_words(kopecks: int) -> str:
    """18750 → 'Сто восемьдесят семь рублей 50 копеек'. ValueError from a million millions of roubles on."""
    whole, rest = divmod(abs(kopecks), 100)
    if whole >= 10**12:
        raise ValueError(f"no words for {whole} roubles")
    words = ["минус"] if kopecks < 0 else []
    if not whole:
        words.append("ноль")
    for power, scale in _SCALES:
        three = whole // 10**power % 1000
        words += _three_digits(three, feminine=power == 3)
        if three or not power:
            words.append(_counted(three, scale))
    return f"{' '.join(words).capitalize()} {rest:02} {_counted(rest, _KOPECKS)}"


def _three_digits(number: int, *, feminine: bool) -> list[str]:
    hundreds, rest = divmod(number, 100)
    tens, ones = (0, rest) if rest < 20 else divmod(rest, 10)
    words = []
    if hundreds:
        words.append(_HUNDREDS[hundreds - 1])
    if tens:
        words.append(_TENS[tens - 2])
    if ones:
        words.append({1: "одна", 2: "две"}[ones] if feminine and ones < 3 else _ONES[ones - 1])
    return words


def _counted(number: int, forms: tuple[str, str, str]) -> str:
    """The noun as it stands after a number below a thousand: 1 рубль, 2 рубля, 5 рублей, 11 рублей."""
    one, few, many = forms
    if number // 10 % 10 == 1:
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(number % 10, many)
