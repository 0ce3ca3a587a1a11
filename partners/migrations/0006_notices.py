import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0005_requisites"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("registration_received", "запрос на участие получен"),
                            ("registration_approved", "запрос на участие одобрен"),
                            ("registration_declined", "запрос на участие отклонён"),
                            ("client_attached", "клиент прикреплён"),
                            ("client_declined", "клиент не прикреплён"),
                            ("month_credited", "начислено вознаграждение"),
                            ("terms_offer", "предложены новые условия"),
                            ("requisites_changed", "изменены реквизиты"),
                        ],
                        max_length=30,
                    ),
                ),
                ("context", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="partners.partner"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_try_at__isnull", False)), fields=["next_try_at"], name="notice_due"
                    )
                ],
            },
        ),
    ]
