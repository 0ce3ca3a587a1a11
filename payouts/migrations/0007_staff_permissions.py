"""What staff may do about payouts, each by itself: roles are made of these."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0006_promises"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="bankfile",
            options={"ordering": ["-pk"], "permissions": [("collect_bankfile", "Собирать и отзывать файлы для банка")]},
        ),
        migrations.AlterModelOptions(
            name="bankstatement",
            options={"ordering": ["-pk"], "permissions": [("take_in_bankstatement", "Загружать выписки банка")]},
        ),
        migrations.AlterModelOptions(
            name="comparison",
            options={
                "ordering": ["pk"],
                "permissions": [("run_comparison", "Сверять платежи с Solar Staff сейчас")],
            },
        ),
        migrations.AlterModelOptions(
            name="contract",
            options={"permissions": [("decide_contract", "Принимать и отклонять подписанные договоры")]},
        ),
        migrations.AlterModelOptions(
            name="sendingswitch",
            options={
                "ordering": ["pk"],
                "permissions": [("switch_sending", "Включать и выключать отправку выплат")],
                "verbose_name_plural": "sending switches",
            },
        ),
        migrations.AlterModelOptions(
            name="withdrawal",
            options={
                "permissions": [
                    ("approve_withdrawal", "Одобрять заявки на вывод"),
                    ("decline_withdrawal", "Отклонять заявки на вывод"),
                    ("settle_withdrawal", "Решать, что с платежом: выплачен, вернуть, отправить ещё раз"),
                    ("enter_withdrawal", "Вносить заявки за партнёров"),
                    ("change_tariff", "Менять тариф партнёра"),
                ]
            },
        ),
    ]
