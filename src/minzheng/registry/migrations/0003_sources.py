"""The sources that facts come from."""

from django.db import migrations

SOURCES = """
insert into registry_source (id, code, label) values
 (1, 'police_hukou', '公安户籍'), (2, 'civil_affairs', '民政业务系统'), (3, 'disabled_federation', '残联'),
 (4, 'social_insurance', '社会保险'), (5, 'tax', '税务'), (6, 'medical_insurance', '医疗保障'),
 (7, 'health', '卫生健康'), (8, 'education', '教育'), (9, 'justice', '司法行政'),
 (10, 'real_estate', '不动产登记'), (11, 'traffic_police', '公安交管'), (12, 'market', '市场监管'),
 (13, 'finance', '金融机构'), (14, 'funeral', '殡葬'), (15, 'marriage', '婚姻登记'),
 (16, 'village', '村（社区）报告'), (17, 'applicant', '申请人申报'), (18, 'visit', '入户调查'),
 (19, 'file', '批量导入'), (20, 'veterans', '退役军人事务'), (21, 'agriculture', '农业农村'),
 (22, 'employment', '就业服务'), (23, 'housing_fund', '住房公积金'), (24, 'court', '人民法院')
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_state")]

    operations = [migrations.RunSQL(SOURCES, migrations.RunSQL.noop)]
