import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from partners.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0004_registration"),
    ]

    operations = [
        migrations.CreateModel(
            name="Requisites",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160, verbose_name="Название")),
                ("inn", models.CharField(max_length=12, verbose_name="ИНН")),
                ("kpp", models.CharField(blank=True, max_length=9, verbose_name="КПП")),
                ("ogrn", models.CharField(max_length=15, verbose_name="ОГРН или ОГРНИП")),
                ("address", models.CharField(max_length=300, verbose_name="Юридический адрес")),
                ("bank_name", models.CharField(max_length=160, verbose_name="Банк")),
                ("bik", models.CharField(max_length=9, verbose_name="БИК")),
                ("account", models.CharField(max_length=20, verbose_name="Расчётный счёт")),
                ("corr_account", models.CharField(max_length=20, verbose_name="Корреспондентский счёт")),
                (
                    "vat",
                    models.CharField(
                        choices=[
                            ("none", "НДС не облагается"),
                            ("vat_5", "НДС 5 %"),
                            ("vat_7", "НДС 7 %"),
                            ("vat_20", "НДС 20 %"),
                            ("vat_22", "НДС 22 %"),
                        ],
                        max_length=10,
                        verbose_name="НДС",
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="requisites", to="partners.partner"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "requisites",
                "ordering": ["pk"],
                "get_latest_by": "pk",
            },
        ),
        *append_only("partners_requisites"),
    ]
