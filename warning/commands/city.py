"""``warning demo``: a made-up city, a night on it, and how well it was linked."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from warning.commands.console import JsonOption, console, print_json, print_table, stages
from warning.commands.files import summary_line
from warning.commands.nights import show_night
from warning.errors import Problem, RefusedError
from warning.exporting import export_tables
from warning.language import say
from warning.moments import local_now
from warning.nightly import run_nightly
from warning.outputs import write_output, written_in_words
from warning.reading import read_records
from warning.reporting import latest_page, write_documents
from warning.settings import load_settings
from warning.store import Store

MARKER = "demo.json"


class StageClock:
    """Passes each stage on and keeps its wall-clock seconds, in order."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.show = show
        self.seconds: dict[str, float] = {}
        self._stage, self._began = "", 0.0

    def __call__(self, stage: str) -> None:
        """A stage begins, and the one before it ends."""
        self.finish()
        self._stage, self._began = stage, time.perf_counter()
        self.show(stage)

    def finish(self) -> None:
        """The last stage ends."""
        if self._stage:
            spent = time.perf_counter() - self._began
            self.seconds[self._stage] = round(self.seconds.get(self._stage, 0.0) + spent, 1)
        self._stage = ""


def _clear(out: Path) -> None:
    """Make room for a new city; a directory that is not a demo's is left alone."""
    if out.exists() and any(out.iterdir()):
        if not (out / MARKER).exists():
            raise RefusedError(
                Problem(
                    str(out),
                    say("目录里有别的文件", "the directory holds other files"),
                    say("空目录或上一次的示例", "an empty directory or an earlier demo"),
                    say("用 --out 换一个目录", "name another directory by --out"),
                )
            )
        shutil.rmtree(out)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=say(
            "造一座示例城市并运行一夜。例：warning demo --records 20000",
            "Make a city, run a night on it. Example: warning demo --records 20000",
        )
    )
    def demo(
        records: Annotated[int, typer.Option(min=50, help=say("记录数", "records"))] = 20_000,
        seed: Annotated[int, typer.Option(min=0, help=say("随机种子", "seed"))] = 7,
        out: Annotated[Path, typer.Option(help=say("目录", "directory"))] = Path("demo"),
        as_json: JsonOption = False,
    ) -> None:
        from warning.demo.city import AS_OF, make_city
        from warning.demo.judged import judge

        settings = load_settings()
        with written_in_words(out):
            _clear(out)
        write_output(out / MARKER, json.dumps({"records": records, "seed": seed}))
        with stages() as show:
            stage = StageClock(show)
            stage(say("造城市", "making the city"))
            city = make_city(records, seed)
            with written_in_words(out):
                paths = city.write(out)
            stage(say("读入各渠道文件", "loading the channels' files"))
            now = local_now()
            tables = read_records(paths, settings.channels, clock=now)
            with Store.open(f"sqlite:///{out / 'warning.db'}") as store:
                loaded = store.load(tables, "demo", now.to_pydatetime())
                night = run_nightly(store, settings, AS_OF, progress=stage)
                stage(say("与真值比较", "judging against the truth"))
                quality = judge(
                    city, *(store.table(f"{name}_links") for name in ("party", "place", "incident")),
                    **{name: store.table(name) for name in ("mentions", "cases", "case_incidents")},
                )  # fmt: skip
                stage(say("写出报告、函件和表", "writing the report, letters and tables"))
                write_output(out / "report.html", latest_page(store, settings))
                documents = write_documents(store, out)
                export_tables(store, out / "tables", "csv")
                stage.finish()
        if as_json:
            print_json({"loaded": vars(loaded), "night": night.summary, "quality": quality,
                        "stage_seconds": stage.seconds})  # fmt: skip
            return
        for note in tables.notes:
            console.print(note)
        console.print(summary_line(loaded))
        show_night(night)
        _show_quality(quality)
        seconds = say("；", ", ").join(
            f"{name} {spent:.1f}" for name, spent in stage.seconds.items()
        )
        console.print(
            say("各阶段用时（秒）：", "seconds a stage: ") + seconds + say(
                f"；合计 {sum(stage.seconds.values()):.0f}",
                f"; together {sum(stage.seconds.values()):.0f}",
            ),
        )  # fmt: skip
        _next_steps(out, documents)


def _show_quality(quality: pd.DataFrame) -> None:
    """The figures of :func:`warning.demo.judged.judge`, in the user's language."""
    console.print(say("与真值相比的关联质量：", "linking against the known truth:"))
    names = {
        "people": say("人员", "people"),
        "minority names": say("少数民族姓名", "minority names"),
        "other names": say("其余姓名", "other names"),
        "minority less other": say("两者之差", "minority less other"),
        "masked parties": say("遮掩姓名者（对）", "masked parties (pairs)"),
        "told parties": say("只在正文中者（对）", "parties only in the text (pairs)"),
        "organisations": say("单位", "organisations"),
        "incidents": say("事件", "incidents"),
        "matters": say("同一事由（记录）", "matters (records)"),
        "mentions": say("正文中的当事人", "mentions in the text"),
    }
    grains = {"room": "户", "building": "楼栋", "compound": "小区", "group": "社", "village": "村",
              "poi": "地点", "town": "乡镇"}  # fmt: skip
    names |= {f"places ({grain})": say(f"地址（{word}）", f"places ({grain})")
              for grain, word in grains.items()}  # fmt: skip
    titles = {
        "what": say("对象", "what"),
        "rows": say("行", "rows"),
        "precision": say("精确率", "precision"),
        "recall": say("召回率", "recall"),
        "f1": "F1",
        "b_cubed_precision": say("B³ 精确率", "B³ precision"),
        "b_cubed_recall": say("B³ 召回率", "B³ recall"),
        "b_cubed_f1": "B³ F1",
    }
    print_table(quality.assign(what=quality["what"].map(names)), titles)


def _next_steps(out: Path, documents: int) -> None:
    store = f"sqlite:///{out / 'warning.db'}"
    # In an environment that is not activated the command is known by its path alone.
    name = "warning" if shutil.which("warning") else sys.argv[0]
    console.print(
        say(
            f"\n{out}/ 中：report.html（报告）、documents/（{documents} 份函件和方案）、"
            "tables/（导出表）、files/（各渠道文件）、truth/（真值）。接下来可以：",
            f"\nIn {out}/: report.html, documents/ ({documents} letters and plans), tables/, "
            "files/ (the channels' files), truth/. The next three things to try:",
        ),
    )
    console.print(f"  1. {say('在浏览器中打开', 'open in a browser')} {out / 'report.html'}")
    console.print(f"  2. {name} cases --tier orange --store {store}")
    console.print(
        f"  3. {name} init trial; {say('改', 'edit')} trial/tiers.yaml; "
        f"{name} preview --config trial --store {store}",
    )
