"""What staff's lists of people and the journal are narrowed by."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("partners", "0019_staff_revokes_tokens")]
    operations = [
        migrations.AddIndex("user", models.Index(fields=["email"], condition=Q(is_staff=True), name="user_of_staff")),
        migrations.AddIndex(
            "user", models.Index(fields=["email"], condition=Q(erased_at__isnull=False), name="user_erased")
        ),
        migrations.RemoveIndex("deed", "deed_by_subject"),
        migrations.AddIndex("deed", models.Index(fields=["subject", "at", "id"], name="deed_by_subject")),
        migrations.AddIndex("deed", models.Index(fields=["subject_id", "at", "id"], name="deed_by_row")),
    ]
