import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0004_partner_months"),
    ]

    operations = [
        migrations.CreateModel(
            name="Forecast",
            fields=[
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="partners.partner",
                    ),
                ),
                ("month", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("fresh_until", models.DateTimeField()),
                ("clients", models.PositiveIntegerField()),
                ("base_kopecks", models.BigIntegerField()),
                ("reward_kopecks", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="ForecastReward",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("base_kopecks", models.BigIntegerField()),
                ("reward_kopecks", models.BigIntegerField()),
                (
                    "assignment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.termsassignment",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.client",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.partner",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["partner", "reward_kopecks", "id"], name="forecast_reward_by_reward"),
                    models.Index(fields=["partner", "client"], name="forecast_reward_client"),
                ],
            },
        ),
    ]
