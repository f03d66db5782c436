"""The impact assessment that the law asks for before use (PIPL 55, 56), as a Word document.

The program fills in what it can know: what is read, why, how long it is kept, who looked, how
well the probabilities held for which group, what guards the data. What only the office can say
is left blank and marked. The document is in Chinese, for the office that signs it.
"""

import io
from collections.abc import Iterable

import pandas as pd
from docx import Document
from docx.document import Document as Page

from warning.escalation.bundles import followed
from warning.keeping.retention import expired_records
from warning.language import KINDS
from warning.matching.vocabulary import with_codes
from warning.nightly import build_history, stored_links
from warning.records import PARTY_COLUMNS, RECORD_COLUMNS
from warning.scoring.fairness import case_groups
from warning.settings import Settings
from warning.store import Store
from warning.store.audit import entries
from warning.store.whole_nights import whole_nights

BLANK = "（由本单位填写）"

#: Column → (what it is for, protection; ``{stored}`` is how numbers are kept).
PURPOSES = {
    "name": ("关联同一人；函件中遮盖", "页面、函件、导出默认遮盖"),
    "id_number": ("关联同一人（精确）", "{stored}；默认遮盖"),
    "phone": ("关联同一人", "{stored}；默认遮盖"),
    "gender": ("仅用于关联，不参与评分", "遮盖导出时不含"),
    "age": ("仅用于关联，不参与评分；未成年人处处遮盖", "遮盖导出时不含"),
    "address": ("关联同一地点", "导出时隐去门牌号"),
    "organisation": ("关联同一单位", ""),
    "role": ("区分报警人、当事人等", ""),
    "narrative": ("判断类别、是否同一事件、严重程度", "函件、页面中遮盖姓名号码；遮盖导出时不含"),
    "longitude": ("关联同一地点", "遮盖导出时不含"),
    "latitude": ("关联同一地点", "遮盖导出时不含"),
    "category": ("类别", ""),
    "outcome": ("是否化解", ""),
    "injuries": ("严重程度", ""),
    "deaths": ("严重程度", ""),
    "reported_at": ("时间先后；只使用该时刻前已报告的信息", ""),
}

#: Groups of :func:`held_by_group` and their values, in words.
GROUPS = {
    "county_code": "县区", "kind": "类型", "category": "类别", "town_kind": "城乡",
    "channel": "渠道", "sex": "报告人性别", "name_group": "姓名写法",
}  # fmt: skip
VALUES = {
    **KINDS, "": "不明", "urban": "街道社区", "town": "镇", "rural": "乡村",
    "minority": "少数民族姓名写法", "other": "其他姓名写法",
}  # fmt: skip
#: What the document says about the groups that it cannot tell.
OUTSIDE = (
    "各组按系列的第一条记录及其报告人划分。性别、姓名写法不参与评分，只在此处（及 warning backtest 的"
    "报告中）核对对各组是否同样准确；性别取自有效证件号，没有时按填写的性别或称呼；姓名写法只看姓名的字数和间隔点，"
    "不是民族。",
    "年龄只用于关联，多数记录没有，故不分组。民族、宗教信仰、文化程度等系统不读入，因而无从分组："
    "为核对公平而收集这些信息，本身就是处理敏感个人信息（第二十八条）。本单位须了解的，"
    "应在系统之外依法另行抽样研究，结果：" + BLANK,
)


def assessment(store: Store, settings: Settings, now: pd.Timestamp) -> bytes:
    """The document as .docx, from the store's content and the configuration at ``now``."""
    page = Document()
    page.add_heading("个人信息保护影响评估报告", 0)
    page.add_paragraph(
        "依据《中华人民共和国个人信息保护法》第五十五条、第五十六条，于使用前编制，至少保存三年。"
        f"生成时间：{now:%Y-%m-%d %H:%M}。标有“{BLANK}”处由使用单位填写。"
    )
    _table(page, ("项目", "内容"), [
        ("评估单位、负责人", BLANK), ("系统名称", "矛盾纠纷再次发生预警（warning）"),
        ("法定职责与法律依据（第十三、三十四条）", BLANK), ("是否告知个人及告知方式（第十七、三十五条）", BLANK),
    ])  # fmt: skip
    _purposes(page, store)
    _retention(page, store, settings, now)
    _access(page, store, now)
    _accuracy(page, store, settings)
    _safeguards(page, store)
    page.add_heading("六、对个人权益的影响与风险", 1)
    _table(page, ("风险", "系统的措施", "单位的措施与结论"), [
        ("把不同的人误认为同一人", "三档判定，疑似的交人判断；人的判断优先；每条关联可说明依据", BLANK),
        ("因投诉、信访受到不利对待", "投诉、信访、讨薪次数不提高任何人的分数；只对事、地、单位预警；"
         "写明信访、上访、检举、控告的记录，内容和信访人不入函件", BLANK),
        ("仅由自动化作出决定（第二十四条）", "系统只起草、建议；函件由人审签，可异议、可撤回", BLANK),
        ("家暴当事人信息外泄", "涉家暴系列的经过不入函件、页面；受害人的其他系列隐去门牌号、房号和电话，"
         "写有去向的（按 refuge_words 识别，审签人须核对），写到受害人的各次经过不载；"
         "涉家暴记录不入他人（及本人）申请的副本，"
         "由经办人审阅后答复；家暴不默认转调解", BLANK),
        ("申请副本者由此得知受害人、信访人", "副本只含本人的行和记录的编码事实，不含记叙、地点和其他当事人；"
         "涉家暴、信访的记录不入副本，也不说明有无（第四十五条、第十八条；信访工作条例第三十条）", BLANK),
        ("未成年人信息（第二十八、三十一条）", "身份处处遮盖；函件、方案、页面的记叙中学校、班级写作“某校”"
         "（按写法识别，审签人须核对）；提出反对后亦同；删除时从其记录的记叙、处理结果中一并删去，"
         "事件地点保留", BLANK),
        ("巡查发现造成的自我强化", "主动发现与群众报告分开计算", BLANK),
    ])  # fmt: skip
    page.add_heading("七、结论", 1)
    for line in ("处理目的、处理方式是否合法、正当、必要：", "对个人权益的影响及安全风险：",
                 "所采取的保护措施是否合法、有效并与风险程度相适应：", "评估人、日期、签章："):  # fmt: skip
        page.add_paragraph(line + BLANK)
    buffer = io.BytesIO()
    page.save(buffer)
    return buffer.getvalue()


def _table(page: Page, titles: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    table = page.add_table(rows=1, cols=len(titles))
    table.style = "Table Grid"
    for cell, title in zip(table.rows[0].cells, titles, strict=True):
        cell.text = title
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = str(value)


def _purposes(page: Page, store: Store) -> None:
    page.add_heading("一、处理的个人信息与目的", 1)
    page.add_paragraph(
        f"现存记录 {store.count('records')} 条（含各版本）、人员与单位 {store.count('parties')} 行。"
        "民族、宗教、学历等不读取。"
    )
    for title, name, columns in (
        ("记录表", "records", RECORD_COLUMNS), ("人员表", "parties", PARTY_COLUMNS),
    ):  # fmt: skip
        frame = store.table(name)
        page.add_heading(title, 2)
        rows = []
        for column in columns:
            filled = "—" if frame.empty else f"{frame[column].notna().mean():.0%}"
            purpose, guard = PURPOSES.get(column, ("定位、编号或统计", ""))
            stored = "加密存储（AES-SIV）" if store.seal.on else "未加密"
            rows.append((column, filled, purpose, guard.format(stored=stored)))
        _table(page, ("字段", "有值的比例", "用途", "保护"), rows)
    page.add_paragraph("上述各项对履行法定职责是否必要：" + BLANK)


def _retention(page: Page, store: Store, settings: Settings, now: pd.Timestamp) -> None:
    page.add_heading("二、保存期限（第十九条）", 1)
    rules, schedule = settings.retention, settings.schedule
    left = (
        "不归档：文件留在收件目录，由投递单位清理：" if schedule.inbox else "不设收件目录和归档："
    )
    own = "由单位另存的备份未由系统管理：" + BLANK
    _table(page, ("内容", "天数"), [
        ("记录与人员", f"{rules.records_days}{'（案件未结的除外，见下）' if rules.keep_open_cases else ''}"),
        ("隔离的行", rules.quarantine_days),
        ("历次等级", rules.warnings_days),
        ("每夜全部系列的得分", rules.warnings_whole_days),
        ("已办结函件与专班方案的文书", rules.documents_days),
        ("平台已确认收到的函件、专班事件", rules.events_days),
        ("导出文件", rules.exports_days), ("收件存档", rules.archive_days if schedule.archive else left + BLANK),
        ("备份", rules.backups_days if rules.backups
         else f"升级前的自动备份 {rules.backups_days}；{own}"),
        ("审计、权利登记（反对、删除）、人工判断、导出登记（文件删除后不含文件名）", f"不删除；依据：{BLANK}"),
    ])  # fmt: skip
    if rules.keep_open_cases:
        with store.reading() as connection:
            _, kept = expired_records(connection, settings, now)
        page.add_paragraph(
            "所在系列还有未办结的函件或专班的，记录与人员超过上述天数仍保存，至办结为止，没有最长期限"
            f"（keep_open_cases）；现有 {kept} 条因此保存。"
        )
    page.add_paragraph(
        "最近两夜的等级，以及已办结函件与专班的登记和办理经过（含经办人所写），为免重复发函，不按上述天数"
        "删除：前者由以后各夜替换，后者保存至所涉系列的最后一条记录删除。"
    )
    page.add_paragraph(
        "到期后由 warning retention 彻底删除（数据库压实、文件删除），须定期运行。期限的依据："
        + BLANK
    )


def _access(page: Page, store: Store, now: pd.Timestamp) -> None:
    page.add_heading("三、谁查看、导出过（审计记录）", 1)
    audit = entries(store)
    recent = audit[audit["at"] > now - pd.Timedelta(days=365)]
    page.add_paragraph(
        f"审计共 {len(audit)} 条，近一年 {len(recent)} 条；每条含何人、何时、何事、理由，以散列链防篡改"
        "（warning audit verify）。"
    )
    counts = recent.groupby(["actor", "action"]).size().reset_index(name="n")
    rows = [tuple(row) for row in counts.sort_values("n", ascending=False).head(30).to_numpy()]
    _table(page, ("账号", "操作", "次数"), rows or [("—", "—", 0)])
    acts = store.table("restrictions").drop_duplicates(["right", "since", "officer", "reason"])
    rights = acts["right"].value_counts()
    done = audit["action"].value_counts()
    page.add_paragraph(
        f"个人行使权利：复制 {done.get('rights exported', 0)} 项，更正 {done.get('rights corrected', 0)} 项，"
        f"反对 {rights.get('object', 0)} 项，删除 {rights.get('erase', 0)} 项。"
    )
    page.add_paragraph("账号的授权范围与审批：" + BLANK)


def groups_of_cases(store: Store, settings: Settings) -> pd.DataFrame:
    """case_id and the groups of :func:`warning.scoring.fairness.case_groups`, by the last night.

    Whoever objected is unknown in it.
    """
    records, parties = with_codes(*store.known(store.last_night()), settings)
    return case_groups(records, parties, stored_links(store)).drop(columns="county")


def nights_to_hold(store: Store, settings: Settings) -> list[pd.Timestamp]:
    """The nights that are still whole and whose horizon has passed by the last night."""
    moments = list(store.runs()["as_of"].dt.to_pydatetime())
    span = pd.Timedelta(days=settings.scoring.horizon_days)
    whole = whole_nights(moments, settings.retention.warnings_whole_days)
    return [pd.Timestamp(night) for night in whole if night + span <= moments[-1]]


def held_by_group(
    store: Store, settings: Settings, groups: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How the probabilities of past nights held: group, value, warnings, mean probability, share.

    Of each case the warnings of :func:`nights_to_hold`; it recurred as the scorer's labels tell
    (:meth:`warning.scoring.history.Timeline.labels`), by what was known on the last night. A case
    that was merged since is the one that it is part of now. Cases are grouped by county, kind and
    category, and by ``groups`` (case_id and a column a group; an empty text is unknown).
    """
    cases, nights = store.table("cases"), nights_to_hold(store, settings)
    columns = ["group", "value", "warnings", "probability", "recurred"]
    if not nights:
        return pd.DataFrame(columns=columns)
    records, _ = store.known(store.last_night())
    timeline = build_history(records, stored_links(store), settings).timeline
    days, found = settings.scoring.horizon_days, []
    for night in nights:
        told = store.warnings_at(night)[["case_id", "probability"]]
        told["case_id"] = followed(told["case_id"], store.survivors(told["case_id"]))
        recurs = pd.Series(timeline.labels(night, days), index=timeline.case_ids)
        found.append(told.assign(recurred=told["case_id"].map(recurs.astype("float64"))))
    by = ["county_code", "kind", "category"]
    past = pd.concat(found).merge(cases[["case_id", *by]], on="case_id")
    if groups is not None:
        by += [name for name in groups.columns if name != "case_id"]
        past = past.merge(groups, on="case_id", how="left")
    past[by] = past[by].fillna("")
    frames = [
        past.groupby(name)
        .agg(warnings=("probability", "size"), probability=("probability", "mean"),
             recurred=("recurred", "mean"))
        .rename_axis("value").reset_index().assign(group=name)
        for name in by
    ]  # fmt: skip
    held: pd.DataFrame = pd.concat(frames, ignore_index=True)[columns]
    return held


def _accuracy(page: Page, store: Store, settings: Settings) -> None:
    page.add_heading("四、准确性与各组差异", 1)
    groups = groups_of_cases(store, settings) if nights_to_hold(store, settings) else None
    held = held_by_group(store, settings, groups)
    if held.empty:
        page.add_paragraph("尚无期满的预警可供核对；运行满一个预测期后重新生成本报告。")
    else:
        page.add_paragraph(
            f"以往各夜给出的 {settings.scoring.horizon_days} 天内再发概率，与期满后实际再发比例"
            "（只由巡查发现的，以及以人为线索的系列中只是投诉、信访、讨薪的，不计）对照；"
            "预警数少的组只供参考："
        )
        _table(page, ("分组", "取值", "预警数", "平均概率", "实际再发比例"), [
            (GROUPS[str(row.group)], VALUES.get(str(row.value), row.value), row.warnings,
             f"{row.probability:.3f}", f"{row.recurred:.3f}")
            for row in held.itertuples()
        ])  # fmt: skip
    for line in OUTSIDE:
        page.add_paragraph(line)
    page.add_paragraph("人工抽查关联准确率：" + BLANK)


def _safeguards(page: Page, store: Store) -> None:
    page.add_heading("五、安全措施", 1)
    sealed = "已加密（AES-SIV，密钥与数据分开）" if store.seal.on else "未加密：请先配置密钥再使用"
    _table(page, ("措施", "现状"), [
        ("证件号、电话存储加密", sealed),
        ("备份", "含校验和；证件号、电话在备份中" + ("仍为密文" if store.seal.on else "同样未加密")),
        ("遮盖", "页面、函件、导出默认遮盖；不遮盖须写明理由并入审计"),
        ("网络", "系统不对外联网；数据不出本机与本单位数据库"),
        ("访问控制（账号、角色、机房、终端）", BLANK),
        ("磁盘加密、应急预案、培训", BLANK),
    ])  # fmt: skip
