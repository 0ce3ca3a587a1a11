from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0006_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignOn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jti", models.CharField(max_length=200, unique=True)),
                ("used_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
