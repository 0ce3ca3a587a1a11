"""Fills the digest from what came before it: referrals and their progress, and what closed months came to."""

from django.db import migrations
from django.db.models import Count, Min, Sum
from django.db.models.functions import Greatest

from referrals.rules import search_name


def fill(apps, editor):
    if apps.get_model("referrals", "Referral").objects.exists():
        return  # filled before
    models = {
        name: apps.get_model("referrals", name)
        for name in ("Attribution", "Charge", "Reward", "Referral", "Progress", "PartnerMonth")
    }
    standing = {}
    rows = models["Attribution"].objects.select_related("client").order_by("client", "starts_at", "pk")
    for row in rows.iterator(2_000):
        referral = standing.get((row.partner_id, row.client_id))
        if referral is None:
            standing[row.partner_id, row.client_id] = models["Referral"](
                partner_id=row.partner_id,
                client_id=row.client_id,
                search_name=search_name(row.client.name),
                registered_at=row.client.registered_at,
                via=row.via,
                code_id=row.code_id,
                held_since=row.starts_at,
            )
        else:
            referral.held_until = None
        if row.via == "transfer":
            for (partner, client), other in standing.items():
                if client == row.client_id and partner != row.partner_id and other.held_until is None:
                    other.held_until = row.starts_at
    models["Referral"].objects.bulk_create(standing.values(), batch_size=2_000)
    counted = models["Charge"].objects.filter(outcome="counted")
    paid = {
        (partner, client): at
        for partner, client, at in counted.filter(refund_of=None)
        .values("partner_id", "client_id")
        .annotate(at=Min(Greatest("charged_at", "confirmed_at")))
        .values_list("partner_id", "client_id", "at")
    }
    earned = {
        (partner, client): kopecks
        for partner, client, kopecks in models["Reward"]
        .objects.values("partner_id", "client_id")
        .annotate(sum=Sum("reward_kopecks"))
        .values_list("partner_id", "client_id", "sum")
    }
    models["Progress"].objects.bulk_create(
        (
            models["Progress"](
                referral=referral,
                partner_id=pair[0],
                paid_at=paid.get(pair),
                reward_kopecks=earned.get(pair, 0),
            )
            for pair, referral in standing.items()
        ),
        batch_size=2_000,
    )
    models["PartnerMonth"].objects.bulk_create(
        (
            models["PartnerMonth"](**row)
            for row in models["Reward"]
            .objects.values("partner_id", "month")
            .annotate(
                clients=Count("client_id", distinct=True),
                base_kopecks=Sum("base_kopecks"),
                reward_kopecks=Sum("reward_kopecks"),
            )
            .filter(month__in=apps.get_model("referrals", "Month").objects.exclude(closed_at=None).values("starts_on"))
        ),
        batch_size=2_000,
    )


class Migration(migrations.Migration):
    dependencies = [("referrals", "0008_search")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
