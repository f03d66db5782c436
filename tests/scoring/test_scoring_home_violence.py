"""Violence in a family or between partners, as reports of whatever category tell it."""

import time

import pandas as pd
import pytest

from warning.scoring.facts import record_facts
from warning.scoring.home_violence import home_violence
from warning.settings import load_settings, packaged_config
from warning.settings.risk_words import RiskWords
from warning.settings.scoring import ScoringSettings

VIOLENT = """被老公打了；老公又动手打人；其老公把她打伤；丈夫酒后打人，自己被打；丈夫对其拳打脚踢；其夫又将其打伤
被男朋友打了；被前男友殴打；同居男友打她；被儿子殴打；儿子打母亲；被公公打伤；被婆婆和小叔子打伤；被媳妇打了；老婆打他；老公掐其脖子
自己被家里人打了；遭到丈夫毒打；丈夫把我打了；丈夫持刀威胁要杀她；长期遭受丈夫暴力；夫妻打架，女方被打伤；被其丈夫殴打
被丈夫王强殴打；被丈夫酒后殴打；女儿被女婿打了；姐夫打姐姐；被配偶殴打；与丈夫发生争吵，被打伤；与丈夫因琐事争吵，对方动手打人
两口子吵架，男的打女的；和老婆打架；父亲打孩子；儿子把我打了；被醉酒的丈夫殴打；邻居报警称楼上丈夫打妻子；丈夫再次打了报警人
被丈夫殴打电话报警；丈夫对其动手；丈夫持菜刀追砍她；丈夫踢她
被老 公打 了；被老&nbsp;公打；与其妻子发生撕扯；其未成年子女被父亲殴打；从未离婚，被丈夫毒打"""
OTHER = """与邻居争吵，被邻居打伤；与邻居李某争吵，被其丈夫打伤；被邻居的儿子打了；被邻居儿子殴打；丈夫打电话报警
老公在外打工；丈夫打了个电话；妻子打官司离婚；儿子打牌输钱；丈夫未殴打她；丈夫没有打她；没有被丈夫打；否认被丈夫打；丈夫否认打人
丈夫未动手打人；丈夫与邻居打架；与丈夫一起被人殴打；丈夫被人打伤；丈夫打邻居；丈夫在街上打了一名男子；儿子在学校打架
儿子打了同学；父亲与邻居互殴；女儿被同学打；夫妻二人与邻居打架；与邻居夫妻打架；被邻居夫妻殴打；夫妻争吵，双方情绪稳定
夫妻吵架，未动手；和妻子闹矛盾，无肢体冲突；岳父与女婿因彩礼争执，威胁要起诉；亲家因彩礼扬言要打人；岳父因欠款扬言打死女婿
丈夫的朋友打了他；被丈夫的朋友打；对方丈夫打她；张某儿子打报警人；妻子被狗咬伤；母亲打扫卫生；孩子打碎玻璃
和丈夫与房东争吵，被打；与王红争吵，其丈夫打了她；被老公打电话骂；丈夫打架；遭丈夫冷暴力；打伤人后丈夫逃跑；姐夫欠钱，打借条
到场未发现夫妻打架；并非夫妻打架；不存在夫妻打架；没有与丈夫打架；否认与丈夫打架；未与妻子发生肢体冲突
社区矫正对象酒后动手打人；低保对象殴打村干部"""


def texts(lines: str) -> list[str]:
    return lines.replace("\n", "；").split("；")


@pytest.mark.parametrize(
    ("narrative", "violent"),
    [(text, True) for text in texts(VIOLENT)] + [(text, False) for text in texts(OTHER)],
)
def test_who_did_it_to_whom_tells_of_it(narrative: str, violent: bool) -> None:
    """In either direction, with what stands between; not strangers, denials or another 打."""
    row = {"channel": "110", "record_id": "1", "narrative": f"报警人称{narrative}。"}
    found = record_facts(pd.DataFrame([row | {"category_code": "01"}]), ScoringSettings())
    assert found["domestic_violence"].tolist() == [violent]


def test_each_keyword_of_its_categories_tells_of_it() -> None:
    """What makes a report without a category one of domestic violence does so with one."""
    settings = load_settings()
    codes = settings.scoring.domestic_violence_categories
    words = [word for word, code in settings.channels.keywords.items() if code in codes]
    records = pd.DataFrame({"channel": "110", "record_id": words, "narrative": words})
    assert words and record_facts(records, settings)["domestic_violence"].all()


def test_a_lexicon_of_before_there_were_these_words_has_the_packaged_ones(tmp_path) -> None:
    """An upgrade asks nobody to write them."""
    text = (packaged_config() / "lexicons/risk_words.yaml").read_text("utf-8")
    start, stop = text.index("\npartners:"), text.index("# That a 告诫书")
    (tmp_path / "lexicons").mkdir()
    (tmp_path / "lexicons/risk_words.yaml").write_text(text[:start] + "\n" + text[stop:], "utf-8")
    assert load_settings(tmp_path).scoring.words == RiskWords.packaged()


@pytest.mark.parametrize("part", ["丈夫打", "夫妻吵", "与丈夫争吵", "其，老公吵被"])
def test_time_grows_with_the_length_alone(part: str) -> None:
    """Twenty thousand characters of a bad text take a part of a second, not minutes."""
    reader = home_violence(RiskWords.packaged())
    start = time.process_time()
    reader.is_told(part * (20_000 // len(part)) + "打电话")
    assert time.process_time() - start < 3
