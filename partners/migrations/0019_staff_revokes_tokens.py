"""Staff may revoke a partner's token, and a letter tells the partner so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0018_search")]
    operations = [
        migrations.AlterModelOptions(
            name="partner",
            options={
                "permissions": [
                    ("admit_partner", "Одобрять и отклонять запросы на участие"),
                    ("block_partner", "Приостанавливать и возобновлять участие партнёров"),
                    ("revoke_token", "Отзывать токены API партнёров"),
                ]
            },
        ),
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
                    ("api_token_made", "выпущен токен API"),
                    ("api_token_revoked", "отозван токен API"),
                ],
                max_length=30,
            ),
        ),
    ]
