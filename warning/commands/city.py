"""``warning demo``: a made-up city, a night on it, and how well it was linked."""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from warning.commands.console import JsonOption, console, print_json, print_table, stages
from warning.commands.files import summary_line
from warning.commands.nights import show_night
from warning.errors import Problem, RefusedError
from warning.exporting import export_tables
from warning.language import say
from warning.nightly import local_now, run_nightly
from warning.reading import read_records
from warning.reporting import latest_page, write_documents
from warning.settings import load_settings
from warning.store import Store

MARKER = "demo.json"


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
    out.mkdir(parents=True, exist_ok=True)


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
        _clear(out)
        (out / MARKER).write_text(json.dumps({"records": records, "seed": seed}), encoding="utf-8")
        with stages() as stage:
            stage(say("造城市", "making the city"))
            city = make_city(records, seed)
            paths = city.write(out)
            stage(say("读入各渠道文件", "loading the channels' files"))
            now = local_now()
            tables = read_records(paths, settings.channels, clock=now)
            with Store.open(f"sqlite:///{out / 'warning.db'}") as store:
                loaded = store.load(tables, "demo", now.to_pydatetime())
                night = run_nightly(store, settings, AS_OF, progress=stage)
                quality = judge(
                    city,
                    store.table("party_links"),
                    store.table("place_links"),
                    store.table("incident_links"),
                )
                stage(say("写出报告、函件和表", "writing the report, letters and tables"))
                (out / "report.html").write_text(latest_page(store, settings), encoding="utf-8")
                documents = write_documents(store, out)
                export_tables(store, out / "tables", "csv")
        if as_json:
            print_json({"loaded": vars(loaded), "night": night.summary, "quality": quality})
            return
        for note in tables.notes:
            console.print(note, markup=False)
        console.print(summary_line(loaded), markup=False)
        show_night(night)
        console.print(say("与真值相比的关联质量：", "linking against the known truth:"))
        titles = {
            "what": say("对象", "what"),
            "rows": say("行", "rows"),
            "precision": say("精确率", "precision"),
            "recall": say("召回率", "recall"),
            "f1": "F1",
            "b_cubed_f1": "B³ F1",
        }
        print_table(quality, titles)
        _next_steps(out, documents)


def _next_steps(out: Path, documents: int) -> None:
    store = f"sqlite:///{out / 'warning.db'}"
    console.print(
        say(
            f"\n{out}/ 中：report.html（报告）、documents/（{documents} 份函件和方案）、"
            "tables/（导出表）、files/（各渠道文件）、truth/（真值）。接下来可以：",
            f"\nIn {out}/: report.html, documents/ ({documents} letters and plans), tables/, "
            "files/ (the channels' files), truth/. The next three things to try:",
        ),
        markup=False,
    )
    console.print(
        f"  1. {say('在浏览器中打开', 'open in a browser')} {out / 'report.html'}", markup=False
    )
    console.print(f"  2. warning cases --tier orange --store {store}", markup=False)
    console.print(
        f"  3. warning init trial; {say('改', 'edit')} trial/tiers.yaml; "
        f"warning preview --config trial --store {store}",
        markup=False,
    )
