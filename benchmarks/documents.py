"""How many documents a minute one core writes: letters of 3 and 60 reports, plans.

Run: python -m benchmarks.documents [--count N]
"""

import argparse
import platform
import time

import pandas as pd

from warning.escalation.case_file import CaseFile
from warning.escalation.documents import letter_document, task_force_document


def case_file(reports: int) -> CaseFile:
    """A made-up quarrel with so many reports."""
    first = pd.Timestamp("2026-01-05 10:00")
    summary = "张某某与王某因宅基地边界再次发生争吵，民警到场劝解后离开，双方未达成协议。" * 3
    rows = tuple(
        (first + pd.Timedelta(days=day), "110", "邻里纠纷", summary) for day in range(reports)
    )
    return CaseFile("c-1", "matter", "临泽县", "邻里", "red", 0.62, "近90天4次", rows,
                    ("张某某", "王某"), False)  # fmt: skip


def main() -> None:
    """Print CPU milliseconds a document and documents a minute."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    count = parser.parse_args().count
    drafted, due = pd.Timestamp("2026-11-04"), pd.Timestamp("2026-11-09")
    letter = {"kind": "督办函", "number": None, "recipient": "中共临泽县委政法委员会",
              "sender": "中共张掖市委政法委员会", "status": "draft", "drafted_at": drafted,
              "due_on": due, "reason": "升为红色",
              "content": {"departments": ["司法局"], "deadline_days": 3,
                          "required_reply_items": ["回复情况", "异议", "措施"]}}  # fmt: skip
    force = {"task_force_id": "t-1", "lead": "待定", "members": "公安局、司法局", "status": "proposed",
             "reason": "红色",
             "proposed_at": drafted,
             "content": {"milestones": {"见面核实": "2026-11-06"}, "measures": ["包抓到人"]}}  # fmt: skip
    print(f"Python {platform.python_version()}")
    for name, write in (
        ("letter, 3 reports", lambda: letter_document(letter, case_file(3))),
        ("letter, 60 reports", lambda: letter_document(letter, case_file(60))),
        ("plan, 10 reports", lambda: task_force_document(force, case_file(10))),
    ):
        write()
        start = time.process_time()
        for _ in range(count):
            write()
        each = (time.process_time() - start) / count
        print(f"{name}: {each * 1000:.2f} ms of CPU, {60 / each:,.0f} a minute")


if __name__ == "__main__":
    main()
