from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0007_sign_on"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("registration_received", "запрос на участие получен"),
                    ("registration_approved", "запрос на участие одобрен"),
                    ("registration_declined", "запрос на участие отклонён"),
                    ("client_attached", "клиент прикреплён"),
                    ("client_declined", "клиент не прикреплён"),
                    ("month_credited", "начислено вознаграждение"),
                    ("terms_offer", "предложены новые условия"),
                    ("requisites_changed", "изменены реквизиты"),
                    ("card_changed", "изменена карта"),
                    ("contract_offered", "пора подписать договор"),
                    ("contract_signed", "договор подписан"),
                    ("contract_declined", "подпись договора не принята"),
                    ("withdrawal_received", "заявка на вывод получена"),
                    ("withdrawal_sent", "вывод отправлен"),
                    ("withdrawal_paid", "вывод выплачен"),
                    ("withdrawal_returned", "вывод возвращён на баланс"),
                ],
                max_length=30,
            ),
        ),
    ]
