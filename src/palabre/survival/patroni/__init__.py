"""PostgreSQL on two machines with Patroni and etcd: their files, filled in and ready to use."""

from palabre.survival.patroni.layout import Layout
from palabre.survival.patroni.writing import write_files

__all__ = ["Layout", "write_files"]
