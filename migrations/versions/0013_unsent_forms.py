"""What somebody wrote into a form that they have not sent yet, kept until they do."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "unsent_forms",
        sa.Column("employee_id", _ID, autoincrement=False, nullable=False),
        sa.Column("task_id", _ID, autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name=op.f("fk_unsent_forms_employee_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_unsent_forms_task_id")),
        sa.PrimaryKeyConstraint("employee_id", "task_id", "outcome", name=op.f("pk_unsent_forms")),
    )
    with op.batch_alter_table("unsent_forms", schema=None) as batch_op:
        batch_op.create_index("ix_unsent_forms_task_id", ["task_id"], unique=False)
        batch_op.create_index("ix_unsent_forms_saved_at", ["saved_at"], unique=False)
