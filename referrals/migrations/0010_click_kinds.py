"""Clicks are told apart: all, unique, bots. Those of before were not, and each counts as a visitor of its own."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


def each_was_a_visitor(apps, editor):
    apps.get_model("referrals", "ClickDay").objects.update(unique=F("clicks"))


class Migration(migrations.Migration):
    dependencies = [("partners", "0009_suspended"), ("referrals", "0009_digest_of_what_stands")]
    operations = [
        migrations.AddField("ClickDay", "unique", models.PositiveIntegerField(default=0)),
        migrations.AddField("ClickDay", "bots", models.PositiveIntegerField(default=0)),
        migrations.AddField("ClickDay", "most_from_one", models.PositiveIntegerField(default=0)),
        migrations.RunPython(each_was_a_visitor, migrations.RunPython.noop),
        migrations.AddConstraint(
            "ClickDay",
            models.CheckConstraint(condition=Q(clicks__gte=F("unique") + F("bots")), name="click_day_kinds"),
        ),
        migrations.CreateModel(
            name="ClickBasket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32, unique=True)),
                ("emptied_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="DaySalt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("salt", models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="DayVisitor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(db_index=True)),
                ("visitor", models.CharField(max_length=16)),
                ("network", models.CharField(max_length=16)),
                ("clicks", models.PositiveIntegerField()),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="partners.code"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code", "day", "visitor"), name="day_visitor_once"),
                ],
            },
        ),
    ]
