"""When each sweep came to its end the last time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0010_api_tokens")]
    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=50, primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
            ],
        ),
    ]
