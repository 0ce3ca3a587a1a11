"""What staff may do about clients, months and events, each by itself: roles are made of these."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0014_reviews")]
    operations = [
        migrations.AlterModelOptions(
            name="attachrequest",
            options={
                "ordering": ["-requested_at", "-pk"],
                "permissions": [("decide_attachrequest", "Решать о заявках на прикрепление клиентов")],
            },
        ),
        migrations.AlterModelOptions(
            name="client",
            options={
                "permissions": [
                    ("attach_client", "Прикреплять клиентов к партнёрам"),
                    ("transfer_client", "Передавать клиентов другим партнёрам"),
                    ("train_client", "Отмечать обученных клиентов"),
                    ("settle_suspicion", "Разбирать подозрения о клиентах"),
                ]
            },
        ),
        migrations.AlterModelOptions(
            name="event",
            options={"permissions": [("review_event", "Отмечать противоречия разобранными")]},
        ),
        migrations.AlterModelOptions(
            name="month",
            options={
                "ordering": ["starts_on"],
                "permissions": [
                    ("close_month", "Закрывать месяцы вручную"),
                    ("preview_month", "Считать пробное закрытие месяца"),
                    ("verify_month", "Пересчитывать закрытые месяцы"),
                ],
            },
        ),
    ]
