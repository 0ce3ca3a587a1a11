"""What staff's list of requests to attach is narrowed by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0016_desk_search")]
    operations = [
        migrations.AddIndex("attachrequest", models.Index(fields=["state", "id"], name="attach_request_by_state")),
    ]
