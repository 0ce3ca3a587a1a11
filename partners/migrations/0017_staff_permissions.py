"""What staff may do about partners and terms, each by itself: roles are made of these."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("partners", "0016_publications")]
    operations = [
        migrations.AlterModelOptions(
            name="partner",
            options={
                "permissions": [
                    ("admit_partner", "Одобрять и отклонять запросы на участие"),
                    ("block_partner", "Приостанавливать и возобновлять участие партнёров"),
                ]
            },
        ),
        migrations.AlterModelOptions(
            name="terms",
            options={
                "permissions": [("publish_terms", "Публиковать новые версии условий")],
                "verbose_name_plural": "terms",
            },
        ),
    ]
