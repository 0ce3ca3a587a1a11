"""Indexes for those who watch: what came lately, and the clicks of a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0012_charges_of_partner")]
    operations = [
        migrations.AddIndex("feedbatch", models.Index(fields=["received_at"], name="feed_batch_by_moment")),
        migrations.AddIndex("clickday", models.Index(fields=["day"], name="click_day_by_day")),
    ]
