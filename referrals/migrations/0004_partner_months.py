import django.db.models.deletion
from django.db import migrations, models

from partners.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0003_digest"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartnerMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("clients", models.PositiveIntegerField()),
                ("base_kopecks", models.BigIntegerField()),
                ("reward_kopecks", models.BigIntegerField()),
            ],
            options={
                "ordering": ["month"],
            },
        ),
        migrations.RemoveIndex(
            model_name="reward",
            name="reward_partner",
        ),
        migrations.AddIndex(
            model_name="reward",
            index=models.Index(fields=["partner", "month", "reward_kopecks", "id"], name="reward_partner_month"),
        ),
        migrations.AddField(
            model_name="partnermonth",
            name="partner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="months",
                to="partners.partner",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnermonth",
            constraint=models.UniqueConstraint(fields=("partner", "month"), name="partner_month_once"),
        ),
        *append_only("referrals_partnermonth"),
    ]
