"""What watching leaves behind: audits, findings, letters to staff."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AuditRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('night', models.DateField(unique=True)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('number', models.PositiveIntegerField(default=0)),
                ('breaches', models.JSONField(default=list)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('finished_at__isnull', False), ('number', 0), _connector='OR'), name='audit_run_finds_when_it_ends')],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('audit', 'книги не сходятся'), ('month_late', 'месяц не закрыт'), ('withdrawal_late', 'вывод задерживается'), ('feed_silent', 'событий нет'), ('sending_off', 'отправка выключена')], max_length=20)),
                ('key', models.CharField(max_length=100)),
                ('says', models.TextField()),
                ('page', models.CharField(max_length=200)),
                ('found_at', models.DateTimeField()),
                ('over_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('over_at', None)), fields=('key',), name='finding_stands_once')],
            },
        ),
        migrations.CreateModel(
            name='StaffLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('written_at', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(condition=models.Q(('next_try_at__isnull', False)), fields=['next_try_at'], name='staff_letter_due')],
            },
        ),
    ]
