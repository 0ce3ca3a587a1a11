import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0007_sign_on"),
        ("payouts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ContractStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "ждёт подписи"),
                            ("uploaded", "подпись на проверке"),
                            ("signed", "подписан"),
                        ],
                        max_length=10,
                    ),
                ),
                ("taken_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="SignedCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.BinaryField()),
                ("content_type", models.CharField(max_length=50)),
                ("uploaded_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "signed copies",
                "ordering": ["pk"],
                "get_latest_by": "pk",
            },
        ),
        migrations.AddField(
            model_name="contract",
            name="offered_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="contract",
            name="state",
            field=models.CharField(
                choices=[("offered", "ждёт подписи"), ("uploaded", "подпись на проверке"), ("signed", "подписан")],
                default="signed",
                max_length=10,
            ),  # those that stand were signed
        ),
        migrations.AlterField(
            model_name="contract",
            name="state",
            field=models.CharField(
                choices=[("offered", "ждёт подписи"), ("uploaded", "подпись на проверке"), ("signed", "подписан")],
                default="offered",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="contract",
            name="number",
            field=models.CharField(blank=True, max_length=50, verbose_name="Номер"),
        ),
        migrations.AlterField(
            model_name="contract",
            name="signed_on",
            field=models.DateField(blank=True, null=True, verbose_name="Дата"),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("state", "signed"), _negated=True),
                fields=["offered_at"],
                name="contract_not_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("signed_on__isnull", False), ("state", "signed"), models.Q(("number", ""), _negated=True)
                    ),
                    models.Q(models.Q(("state", "signed"), _negated=True), ("number", ""), ("signed_on", None)),
                    _connector="OR",
                ),
                name="contract_signed_has_number_and_date",
            ),
        ),
        migrations.AddField(
            model_name="contractstep",
            name="contract",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="payouts.contract"
            ),
        ),
        migrations.AddField(
            model_name="contractstep",
            name="taken_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="signedcopy",
            name="contract",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="copies", to="payouts.contract"
            ),
        ),
        migrations.AddField(
            model_name="signedcopy",
            name="uploaded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
