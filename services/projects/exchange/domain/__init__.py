"""What a cell says, which column a heading means, and how a project reads in OC4IDS; no I/O.

导入 import, 导出 export, 试运行 dry run, 批量修改 bulk edit, 模板 template.
"""
