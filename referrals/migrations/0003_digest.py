import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0007_sign_on"),
        ("referrals", "0002_promises"),
    ]

    operations = [
        migrations.CreateModel(
            name="Referral",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("search_name", models.CharField(max_length=500)),
                ("registered_at", models.DateTimeField()),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("link", "по ссылке"),
                            ("promo_code", "по промокоду"),
                            ("request", "по заявке партнёра"),
                            ("transfer", "передан сотрудником"),
                        ],
                        max_length=10,
                    ),
                ),
                ("held_since", models.DateTimeField()),
                ("held_until", models.DateTimeField(null=True)),
                ("trained_on", models.DateField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="referrals.client",
                    ),
                ),
                (
                    "code",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="partners.code",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="partners.partner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                (
                    "referral",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="referrals.referral",
                    ),
                ),
                ("paid_at", models.DateTimeField(null=True)),
                ("reward_kopecks", models.BigIntegerField(default=0)),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.partner",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["partner", "registered_at", "id"], name="referral_by_registration"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["partner", "search_name", "id"], name="referral_by_name"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["partner", "code", "registered_at"], name="referral_by_code"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["client"], name="referral_client"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.UniqueConstraint(fields=("partner", "client"), name="referral_once"),
        ),
        migrations.AddIndex(
            model_name="progress",
            index=models.Index(fields=["partner", "reward_kopecks", "referral"], name="progress_by_reward"),
        ),
        migrations.AddIndex(
            model_name="progress",
            index=models.Index(
                condition=models.Q(("paid_at__isnull", False)), fields=["partner"], name="progress_paid"
            ),
        ),
    ]
