from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payouts", "0007_staff_permissions")]

    operations = [
        migrations.AddField(
            model_name="bankorder",
            name="executed_on",
            field=models.DateField(blank=True, null=True),
        ),
    ]
