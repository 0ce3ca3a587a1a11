"""The roles of staff with the rights of each (skorozvon_partners/roles.py), and the subjects that show people."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from skorozvon_partners import roles


def create(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    roles.settle(apps, editor.connection.alias)


def remove(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    group = apps.get_model("auth", "Group")  # type: ignore[attr-defined]
    group.objects.using(editor.connection.alias).filter(name__in=roles.Role.values).delete()


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("skorozvon_partners", "0001_watching"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("partners", "0018_search"),
        ("payouts", "0010_erasure"),
        ("referrals", "0016_desk_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[],
            options={
                "proxy": True,
                "default_permissions": ("view",),
                "permissions": [
                    ("export_person", "Выгружать персональные данные"),
                    ("erase_person", "Стирать персональные данные"),
                ],
                "indexes": [],
                "constraints": [],
            },
            bases=("partners.user",),
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[],
            options={
                "proxy": True,
                "default_permissions": ("view",),
                "permissions": [
                    ("invite_staff", "Приглашать сотрудников"),
                    ("change_role", "Менять роль сотрудника"),
                    ("switch_staff", "Выключать и включать доступ сотрудника"),
                    ("reset_second_factor", "Сбрасывать второй фактор сотрудника"),
                ],
                "indexes": [],
                "constraints": [],
            },
            bases=("partners.user",),
        ),
        migrations.RunPython(create, remove),
    ]
