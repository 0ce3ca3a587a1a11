from django.db import migrations, models

CHOICES = [
    ("pending", "на рассмотрении"),
    ("active", "работает"),
    ("declined", "отклонён"),
    ("blocked", "участие приостановлено"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0008_payout_notices"),
    ]

    operations = [
        migrations.AlterField(
            model_name="partner",
            name="status",
            field=models.CharField(choices=CHOICES, default="pending", max_length=10),
        ),
        migrations.AlterField(
            model_name="statuschange",
            name="status",
            field=models.CharField(choices=CHOICES, max_length=10),
        ),
    ]
