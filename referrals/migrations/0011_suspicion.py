"""What makes a client suspicious (R8), and the marks of the clients that stand."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from partners import bulk
from referrals.rows import ClientRow, SuspicionRow
from referrals.suspicions import Rank, compare, disposable, keys_of

_FIELDS = ("account_id", "name", "registered_at", "email", "phone", "inn", "link_code", "promo_code")
_FIELDS += ("self_referral_code", "id")
_SHARE = 2_000


def mark(apps, editor):
    """Share by share, as if they arrived one after the other."""
    models = {name: apps.get_model("referrals", name) for name in ("Client", "Likeness", "Suspicion")}
    share = []
    for values in models["Client"].objects.order_by("pk").values_list(*_FIELDS).iterator(_SHARE):
        share.append(ClientRow(*values))
        if len(share) == _SHARE:
            _mark(share, **models)
            share = []
    _mark(share, **models)


def _mark(share, *, Client, Likeness, Suspicion):
    keys = keys_of(share)
    standing = dict(Likeness.objects.filter(id__any_of=list(keys)).values_list("id", "first_id"))
    ranks = {
        client: Rank(registered_at, account, client)
        for client, registered_at, account in Client.objects.filter(
            pk__any_of=list(set(standing.values()))
        ).values_list("pk", "registered_at", "account_id")
    }
    compared = compare(keys, {key: ranks[client] for key, client in standing.items()})
    bulk.insert(Likeness, compared.new)
    bulk.update(Likeness, compared.changed, "first")
    refused = [
        SuspicionRow(each.id, "self_referral", code=each.self_referral_code)
        for each in share
        if each.self_referral_code
    ]
    found = [*disposable(share), *refused, *compared.suspicions]
    for row, number in zip(found, bulk.draw_ids(Suspicion, len(found)), strict=True):
        row.id = number
    bulk.insert(Suspicion, found)


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0010_click_kinds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Likeness",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "first",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.client",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Suspicion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("name", "то же название"),
                            ("inn", "тот же ИНН"),
                            ("email", "тот же e-mail"),
                            ("phone", "тот же телефон"),
                            ("disposable", "одноразовый e-mail"),
                            ("self_referral", "партнёр пригласил сам себя"),
                        ],
                        max_length=13,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=100)),
                ("settled_at", models.DateTimeField(null=True)),
                ("decision", models.TextField(blank=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspicions",
                        to="referrals.client",
                    ),
                ),
                (
                    "likeness",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.likeness",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("settled_at", None)), fields=["client"], name="suspicion_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("client", "reason", "code"), name="suspicion_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("code", ""),
                                ("likeness__isnull", False),
                                ("reason__in", ["name", "inn", "email", "phone"]),
                            ),
                            models.Q(("code", ""), ("likeness", None), ("reason", "disposable")),
                            models.Q(
                                ("likeness", None), ("reason", "self_referral"), models.Q(("code", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="suspicion_says_of_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decision", ""), ("settled_at", None), ("settled_by", None)),
                            models.Q(
                                ("settled_at__isnull", False),
                                ("settled_by__isnull", False),
                                models.Q(("decision", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="suspicion_settled_with_decision",
                    ),
                ],
            },
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
