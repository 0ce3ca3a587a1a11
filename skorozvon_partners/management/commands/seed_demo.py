from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.models import Partner
from skorozvon_partners import demo


class Command(BaseCommand):
    help = (
        "Наполняет пустую базу правдоподобной программой: оба тарифа, несколько месяцев, что-нибудь в каждом состоянии."
        " Печатает, кем войти. Непустую базу не трогает; без DEBUG отказывается, потому что пароли известны всем."
    )

    def handle(self, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Пароли демонстрации известны всем: запускайте её только с DEBUG=1.")
        if not Partner.objects.exists():
            demo.seed(now=timezone.now())
        elif not Partner.objects.filter(user__email="anna@example.ru").exists():
            raise CommandError("В базе уже есть партнёры, и это не демонстрация. Ничего не изменено.")
        self.stdout.write(
            f"Войти можно с паролем {demo.PASSWORD}:\n"
            "  anna@example.ru   юрлицо с договором и выплатами, ей предложены новые условия\n"
            "  gleb@example.ru   юрлицо с одним клиентом\n"
            "  darya@example.ru  юрлицо, у которого ещё ничего нет\n"
            "  boris@example.ru  физлицо, ещё без карты\n"
            "  vera@example.ru   физлицо с картой и выплатами\n"
            "  egor@example.ru   сменил тариф\n"
            "  zoya@example.ru   участие приостановлено\n"
            "  pavel@example.ru  ждёт одобрения\n"
            "  olga@example.ru   отклонена, может отправить запрос ещё раз\n"
            "  guest@example.ru  клиент сервиса, ещё не партнёр\n"
            "Сотрудники входят на /admin/ с тем же паролем:\n"
            "  staff@example.ru       может всё\n"
            "  manager@example.ru     менеджер\n"
            "  accountant@example.ru  бухгалтер\n"
            "  admin@example.ru       администратор"
        )
