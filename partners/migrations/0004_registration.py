import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from partners.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0003_promises"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("offer", "условия партнёрской программы"),
                            ("personal_data", "обработка персональных данных"),
                            ("solar_staff", "передача данных в Solar Staff"),
                        ],
                        max_length=20,
                    ),
                ),
                ("version", models.CharField(max_length=20)),
                ("given_at", models.DateTimeField()),
                ("ip", models.GenericIPAddressField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatusChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "на рассмотрении"),
                            ("active", "работает"),
                            ("declined", "отклонён"),
                            ("blocked", "заблокирован"),
                        ],
                        max_length=10,
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="status_changes",
                        to="partners.partner",
                    ),
                ),
            ],
            options={
                "ordering": ["changed_at", "pk"],
            },
        ),
        migrations.AddField(
            model_name="partner",
            name="channels",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="partner",
            name="comment",
            field=models.TextField(blank=True, verbose_name="Комментарий"),
        ),
        migrations.AddField(
            model_name="partner",
            name="muted_notices",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="partner",
            name="website",
            field=models.CharField(blank=True, max_length=300, verbose_name="Профиль в социальных сетях / сайт"),
        ),
        migrations.AddField(
            model_name="user",
            name="inn",
            field=models.CharField(blank=True, max_length=12, verbose_name="ИНН"),
        ),
        migrations.AddField(
            model_name="user",
            name="phone",
            field=models.CharField(blank=True, max_length=40, verbose_name="Номер телефона"),
        ),
        *append_only("partners_statuschange"),
        *append_only("partners_consent"),
    ]
