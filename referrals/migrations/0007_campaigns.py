import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0006_attach_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="Название")),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mailing", "Рассылка"),
                            ("blog", "Блог"),
                            ("site", "Сайт"),
                            ("seminars", "Семинары и тренинги"),
                            ("display_ads", "Медийная реклама"),
                            ("context_ads", "Контекстная реклама"),
                        ],
                        max_length=20,
                        verbose_name="Канал",
                    ),
                ),
                ("landing_path", models.CharField(blank=True, max_length=300, verbose_name="Страница сайта")),
                ("utm_source", models.CharField(blank=True, max_length=100)),
                ("utm_medium", models.CharField(blank=True, max_length=100)),
                ("utm_campaign", models.CharField(blank=True, max_length=100)),
                ("erid", models.CharField(blank=True, max_length=100, verbose_name="erid")),
                ("created_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "code",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="campaign", to="partners.code"
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="campaigns", to="partners.partner"
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ClickDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("clicks", models.PositiveIntegerField()),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="click_days", to="partners.code"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("code", "day"), name="click_day_once")],
            },
        ),
    ]
