"""Village workers read the leads of their village, and their ledger; a kept decision is read where its household is.

Beside the policies by township, for reading. Totals of a sweep are of townships and counties: a village sees none.
A village worker may keep a decision on a household of the village, as anybody who decides.
"""

from django.db import migrations

FORWARD = r"""
create policy also_own on assessment_lead for select using (village = any ((select registry_villages())::bigint[]));
create policy also_own on assessment_leadevent for select using (
    exists (select from assessment_lead lead where lead.id = lead_id));
create policy also_own on assessment_decision for select using (
    exists (select from registry_household household where household.id = household_id));
create policy also_own_added on assessment_decision for insert with check (
    household_id <@ (select registry_own_households()) and guard.scope_household() is null);
"""

BACK = r"""
drop policy also_own_added on assessment_decision;
drop policy also_own on assessment_decision;
drop policy also_own on assessment_leadevent;
drop policy also_own on assessment_lead;
"""


class Migration(migrations.Migration):
    dependencies = [("assessment", "0004_staging_kept_small"), ("registry", "0006_own")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
