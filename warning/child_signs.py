"""Whom a text tells to be a child: by what stands beside a name, and whether it tells of any.

Read are the words right before a name (8岁女儿韩小雨, 三年级4班学生韩小雨) and what describes it behind:
each phrase of its brackets, and those after a comma as long as they are of the person (，女，汉族，8岁).
An age or a birth date of somebody of age there says that it is no child's, whatever else is told.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from warning.matching.standardise.wording import as_read, run_together, spelled_apart

ADULT = 18
_HAN = r"[\u4e00-\u9fff]"
_ONE = "[1-9一二三四五六七八九]"
_NUMBER = "[0-9一二三四五六七八九十]{1,3}"

#: Under 18: 8, 十四, 七八 (seven or eight), 十三四.
_FIGURE = "(?:1[0-7]|[0-9]|十(?:[一二三四五六七][一二三四五六七八]?)?|[一二两三四五六七八九][一二三四五六七八九]?)"
#: Not 38岁, 三十八岁, 大8岁 (older by eight years; but 老大8岁).
_ALONE = "(?<![0-9.．一二三四五六七八九十廿卅百零])(?<![^老][大小])(?<![差长])"
_YOUNG = (
    rf"(?:{_ALONE}(?:{_FIGURE}(?:周?岁|个多?月大|月龄)|出生{_FIGURE}个多?月|虚岁?{_FIGURE}(?![0-9十多]))"
    rf"|(?:[未不]满|不足|[未不]到)(?:18|十八|{_FIGURE})周?岁)"
)
#: Any age.
_YEARS = re.compile("[0-9一二两三四五六七八九十廿卅百]{1,4}[多余来几]?周?岁")
_KIN = (
    "女儿|儿子|闺女|姑娘|子女|孙子|孙女|外孙女?|侄子|侄女|侄儿|外甥女?|[表堂]?(?:弟弟?|妹妹?)"
    "|[其之长次幼独养继][子女]"
)
_LITTLE = (
    "孩子|小孩|孩童|娃娃?|小?[男女]孩|[男女幼]童|幼女|幼儿|[男女]?婴儿?|少女|少年|小朋友"
    "|未成年人|留守儿童|儿童"
)
#: Somebody else of whom an age or a birth date is told: 韩建军，12岁女儿.
_ANOTHER = "(?:多|半|左右)?的?(?:女儿|儿子|孩子|小孩|外孙|孙|侄|弟|妹|子|之)"
#: Behind an age: it was another time.
_ANOTHER_TIME = (
    "[时前起]|后(?![脑背])|那一?年|丧|以[前后来]|之[前后]|开始|就(?!读)|便|参军|入伍|结婚|辍学"
)
#: Behind an age: another time (17岁那年), or another's (9岁男童受伤; not 9岁男童，).
_NOT_THEIRS = (
    rf"{_ANOTHER}|{_ANOTHER_TIME}"
    "|(?:男童|女童|孩童|幼童|儿童|男孩|女孩|的小?学生|的[初高]中生)(?!$)"
)
#: Not of those who have or look after children (未成年子女, 未成年人监护人), nor of a law.
_MINOR = (
    "未成年(?!人?的?(?:子|女(?![学性童孩生])|儿|孩子|父|母|家长|监护|保护|检察|犯罪|法庭|之|弟|妹|孙|侄)"
    "|时|前|那|人.{1,4}[的之])"
)
_YEAR = "((?:19|20)[0-9]{2})"
#: (year, month): 2012年3月5日生, 出生日期：2012-03-05, an ID number; not 2015年生意, 2016年生病.
_BORN = (
    rf"(?:{_YEAR}[年.\-/](?:(1[0-2]|0?[1-9])(?:月|[.\-/]|(?=出生)))?(?:[0-9]{{1,2}}日?)?(?:出生(?![证地率])"
    "|生(?![一二两三四下子女儿育了过完出孩娃双养意病产活态气前效存命物长计父母还火事疑隙怨变锈日]))"
    rf"|(?:出生(?:日期|年月|时间)?|出生于|生于|生日)[为：:]?{_YEAR}(?:[年.\-/](1[0-2]|0?[1-9]))?"
    rf"|(?:公民)?(?:身份证?号?码?[：:为]?)?[0-9]{{6}}{_YEAR}(0[1-9]|1[0-2])[0-9]{{5}}[0-9Xx])"
)
#: What stands before an age or a birth date in a phrase of the same person.
_SINCE = (
    "(?:系|是|为|今年|现年?|年仅|年龄|年纪|时年|当时|[事案]发时|仅|才|刚满?|大?约|已满?|年满|尚|还|只有"
    f"|未成年人?|[男女](?:性|孩|童|婴|生)?|小孩|小?学生|初中生|实|均|都|分别|{_HAN}{{1,4}}族|[：:]){{0,8}}+"
)
_AGED = re.compile(f"{_SINCE}{_YOUNG}(?!{_NOT_THEIRS})")
_OF_ANOTHER_TIME = re.compile(f"{_SINCE}{_YOUNG}(?:{_NOT_THEIRS})")
_OF_AGE = re.compile(f"{_SINCE}(?:{_YEARS.pattern})")
_IN_YEARS = re.compile(f"年龄[为是：:]?{_FIGURE}$")
_BIRTH = re.compile(f"{_SINCE}{_BORN}(?!{_ANOTHER})")
#: 系其8岁女儿, 报警人韩建军之女 behind a name: who it is.
_IS_CHILD_OF = re.compile(f"(?:系|是|为).{{0,12}}{_YOUNG}[半多]?的?(?:{_KIN}|{_LITTLE})$")
#: A phrase that says it outright: 系未成年人, 是一名初中生, 女孩.
_IS_A_CHILD = re.compile(
    f"(?:(?:系|是|为|尚|还|仍|均|都|现){{0,4}}+(?:{_MINOR})"
    "|(?:系|是|为|均|都|现|还|一[名个]|在[校读]|[男女]){0,4}"
    "(?:小学生|初中生|高中生|中学生|留守儿童|[男女幼]童|[男女]孩|小[男女]?孩|幼儿|[男女]?婴儿?)$)"
)
_NICKNAME = re.compile("(?:小名|乳名|奶名)")
#: Who has others with an age: what follows is theirs (，育有一女，8岁).
_HAS_ANOTHER = re.compile("[育生家]有|有[一二两三]|抚养|膝下|带着?[一二两三其]")
#: Phrases of the same person, after which another may follow.
_OF_THE_PERSON = re.compile(
    f"(?:[男女](?:性|孩|童|生)?|{_HAN}{{1,5}}[族人]|(?:系|是|为)?.{{0,10}}(?:{_KIN}|学生|群众|未成年人)"
    "|[（(].*|(?:现|家|户籍)?住.*|户籍.*|(?:公民)?身份.*|联系.*|电话.*|(?:小名|乳名|奶名).*)$"
)

#: A grade with its class; 初一 and 高二 with something of a school behind.
_IN_FRONT = rf"(?={_NUMBER}班|的|学生|[男女]生"
_GRADE_BEFORE, _GRADE = (
    rf"(?:{_ONE}年级|(?<![月年正])[初高][一二三1-3](?:年级)?{behind}|(?<![0-9一二三四五六七八九十]){_ONE}年(?={_NUMBER}班)"
    rf"|幼儿园[大中小托]{{1,2}}班|学前班)(?:{_NUMBER}班)?(?![倒次车])"
    for behind in (f"{_IN_FRONT})", f"{_IN_FRONT}|[，,、）)]|$)")
)
_SCHOOL = (
    "(?:(?:小学|初中)(?![文学毕肄程])|小学(?=学生)|高中(?![文学毕肄程])|中学(?!历)|幼儿园"
    "|附[小中幼]|职[高中]|[一二三四五六七八九十0-9][中小幼])"
)
_GRADED = re.compile(f"(?P<before>.{{0,30}})(?P<grade>{_GRADE})")
_SCHOOLED = re.compile(f"(?P<before>.{{0,30}}){_SCHOOL}")
_ATTENDS = re.compile("就读|在读|[读念]|(?:^|[现正在还年子女刚已仅])上")
_AT_WORK = "班主任|老师|教师|家长|主任|校长|保安|辅导员"
#: Before a school behind a name: it is another's, or long ago.
_ANOTHERS_SCHOOL = re.compile(
    rf"^(?:与|和|跟|把|将|被|[到去来带给打骂陪教任向对])|{_AT_WORK}|女儿|儿子|孩子|[其之][子女]|同学|学生"
    "|毕业|父|母亲|妻子|丈夫|报警|称|前往|负责|[接送找曾原闹]|岁[的时那]|(?:19[0-9]{2}|200[0-9])年"
)
_END = "(?=$|被|遭|与|和|因|在|且|现|放学|上学|称)"
_LEARNS = re.compile(
    f"的?(?:在[校读])?(?:小?学生|[男女]学?生|生|幼儿|小朋友){_END}"
    "|(?:就读|读书|上学|念书|在读|学习)(?![的时])"
)
_ATTENDED = re.compile(f"(?:的?学生)?{_END}")

#: The name itself is yet to come: 名叫, a quotation mark, a bracket.
_CALLED = "(?:[，,]?(?:名字?叫做?|叫做?|名为|姓名为?)|是)?[：:]?[“\"‘'「『（(]?"
_WHO = (
    "(?:(?:[小幼亲大二三长次独养继]|婚生|双胞胎|在[校读]|留守|残疾|智障|"
    f"{_ONE}年级){{0,2}}(?:{_KIN}|{_LITTLE}|小?学生|初中生|高中生|中学生|[男女][生子友]|同学|学徒|徒弟"
    "|被害人|受害[人者]|伤者|邻居|村民|居民))"
)
_BORN_BEFORE = re.compile(f"{_BORN}的?{_WHO}?{_CALLED}$")
_BEFORE = tuple(
    re.compile(f"(?:{words}){_CALLED}$")
    for words in (
        f"{_YOUNG}[半多]?大?的{_WHO}?",
        f"{_YOUNG}[半多]?大?{_WHO}",
        # 被8岁韩小雨: nobody else of that age stands before it.
        f"(?:^|[，,。；;：:、“其的将把被对与和打伤骂向由名])(?:现年|年仅|今年)?{_YOUNG}",
        f"{_YOUNG}(?:[，,](?:名字?叫做?|叫做?|名为)|[（(])",
        f"(?:{_KIN}|{_LITTLE})[（(][^（）()]{{0,30}}?{_YOUNG}(?!{_ANOTHER_TIME})[^（）()]{{0,30}}[）)]",
        f"未成年人?的?{_WHO}?",
        f"小升初的{_WHO}?",
        "小学生|初中生|高中生|中学生|[男女幼]童|小[男女]孩|小朋友|[男女]婴|婴儿|(?:留守|困境|残疾|流浪)儿童",
        "(?:^|[，,。；;：:、其他她的称名个])(?:小孩|孩童)",
        f"{_GRADE_BEFORE}(?:的|在读的?|就读的?|(?:上学|读书)的)?(?:[男女小]?(?:学生|同学|生)|小朋友|幼儿)?"
        f"(?:的?{_WHO})?",
        f"{_SCHOOL}(?:的?(?:在[校读])?[男女]?(?:学生|生|小朋友|幼儿)|(?:上学|就读|读书|念书)的{_WHO}?)",
        f"[上读念](?:{_SCHOOL}|{_GRADE_BEFORE})的{_WHO}?",
        f"(?:{_KIN}|{_LITTLE})(?:名?叫)?{_HAN}{{2,3}}[（(，,]?(?:大名|学名)",
        f"(?:{_KIN}|{_LITTLE})[（(][^（）()]{{0,30}}?[，,、；;](?:大名|学名)",
    )
)
#: 孩子韩小雨 (not 接孩子韩小雨) and 韩小雨同学 (not 韩小雨同学聚会): children's only beside a school.
_SOMEBODY_S_CHILD = re.compile("(?:^|[，,。；;：:、其他她的称名个被将把对])孩子$")
_CLASSMATE = re.compile("同学(?=$|[，,。；;：:、（(]|[被遭与和跟因在称于])")
#: 被同学韩小雨殴打: the school told is another's or long ago where it stands right before (小学同学).
_CLASSMATE_BEFORE = re.compile(
    "(?P<former>[小中]学|[初高]中)?(?<![大老]学)(?<!老)的?(?:同班|同校|同年级)?的?(?:[男女]?同学|[男女]?同桌)"
    f"{_CALLED}$"
)
#: Behind such a name: grown people have classmates, too.
_GROWN_CLASSMATE = re.compile(
    "[^，,。；;]{0,10}(?:聚会|聚餐|喝酒|酒后|借款|欠款|货款|贷款|投资|合伙|合作|结婚|婚礼|恋爱|上班|打工|驾车|开车)"
)
_OF_A_SCHOOL = re.compile(f"{_SCHOOL}的?$")
_GROWN_PUPIL = re.compile("大学|大[一二三四专]|研究生|博士|毕业|驾校|同学的?$")
_GIRL_OR_BOY = re.compile(
    "(?:(?<!相亲)(?<!网恋)(?<!大龄)(?<!陪酒)(?<!猥亵)(?<!强奸)(?<!性侵)[男女]孩|(?<!青)少年|少女)"
    f"{_CALLED}$"
)
#: Behind 女孩韩小雨 and 少女韩小雨: she is courted, or older than the word says.
_COURTED = re.compile(
    "[^，,。；;]{0,10}(?:恋爱|交往|结婚|订婚|同居|分手|彩礼|相亲|网恋|奔现|感情|情感|大学|酒吧|上班|打工|驾车|开车)"
)
#: Before a name with a nickname of children behind it.
_OF_PARENTS = re.compile(f"(?:{_KIN}|{_LITTLE}|学生){_CALLED}$")
_TEACHES = re.compile(f"(?:{_AT_WORK})(?!的)(?<!家长)")
#: Before a name: whoever is called so is of age, as an age behind it would tell.
_GROWN_BEFORE = re.compile(
    f"(?:(?:{_ALONE}{_YEARS.pattern}的?)(?:男子|女子|村民|居民)?|男子|女子|妇女|老汉|男人|女人"
    f"|丈夫|老公|妻子|老婆|前夫|前妻|老板|司机|工友|同事|包工头){_CALLED}$"
)

#: How far beside a name a text is read for what tells that it is a child's.
_BESIDE, _AHEAD = 100, 50
_MOST_PHRASES = 8
_BRACKET = re.compile("[（(]([^（）()]{0,80})(?:[）)]|$)")
#: Behind a name that stands in brackets itself: what they hold of it (马博文 一年级）).
_REST_OF_BRACKET = re.compile("([^（）()]{0,80})[）)]")
#: 年级（4）班 is 年级4班, 三（4）班 is 三年4班; 今年 8 岁 is 今年8岁.
_BRACKETED_CLASS = re.compile(rf"(?<={_HAN})[（(]({_NUMBER})[）)](?=班)")
_OF_A_YEAR = re.compile(rf"(?<=[一二三四五六七八九])[（(]({_NUMBER})[）)](?=班)")
_GAP = re.compile(r"\s(?=\s{0,2}[0-9]{1,2}\s{0,3}周?岁)|(?<=[0-9])\s(?=\s{0,2}周?岁)")
#: What begins another right behind a name: 韩建军之女，8岁.
_OF_ANOTHER = ("之", "的", "家", "其")
_BETWEEN_PHRASES = re.compile(r"[，,；;\s]")
_IN_BRACKETS = re.compile(r"[，,、；;/\s]")
_SENTENCE = re.compile("[。；;！!？?\n、]")

#: Words that tell of a child also where a blank or line break stands in them.
_APART = spelled_apart(("未成年", "未成年人", "小学生", "初中生", "幼儿园", "留守儿童"))

#: Whether a text may tell that somebody is a child.
_MAY_TELL = re.compile(
    "岁|未成年|[小中]学|学生|[初高]中|出生|月[大龄]|[0-9]{17}|[日月年]生|生于|年级|[男女幼]童|儿童|[幼婴]"
    "|[初高][一二三]|学前|小名|乳名|奶名|大名|学名|年龄|小朋友|小[男女]?孩|女孩|男孩"
    "|[0-9一二三四五六七八九十）)]班|就读|孩子|孩童|少[年女]|同[学桌]|小升初"
)
_ANYBODY_YOUNG = re.compile(
    f"{_YOUNG}(?!{_ANOTHER_TIME})|未成年(?!人?的?(?:保护|检察|犯罪|法庭|司法))|[男女幼]童"
    "|(?<!中)小学生(?!家长)|初中生(?!家长)"
)
_AT_SCHOOL = re.compile(
    f"{_GRADE}|{_NUMBER}班(?=上学|学生|就读|读书|同学)|学校|幼儿园|(?:小学|初中|高中)(?![文毕肄程生]|学历)"
    "|中学(?![历生])|附[小中幼]|职[高中]|第?[一二三四五六七八九十][中小幼](?=上学|就读|读书|门口|学生|校|[初高被，,。）)]|$)"
)
_A_PUPIL = re.compile(
    f"{_GRADE}的?(?:小?学生|[男女]生)(?!家长|的?[父母爸妈])"
    f"|(?:(?<!曾)就读[^，,。；;（(曾]{{0,20}}?|(?<![就曾])[上读念](?:小学|初中|高中)?)(?:{_GRADE})(?!的?(?:{_AT_WORK})|时|找)"
)
#: A child, whoever it is, at a school or in the care of one (孩子在幼儿园, 女儿被该校老师); not somebody's
#: who is taken there or works there.
_IN_CARE = re.compile(
    f"(?<![接送])(?:女儿|儿子|闺女|孙子|孙女|外孙女?|[其之][子女]|(?<!大)学生|{_LITTLE})[^，,。；;]{{0,6}}?"
    "(?:在[^，,。；;]{0,12}?(?<!党)(?<!驾)(?:校|小学|中学|初中|高中|幼儿园|早教|托管|托育)"
    "|被[^，,。；;]{0,10}?(?:老师|教师|保育员|同学|同桌))"
    "(?![^，,。；;]{0,4}(?:工作|上班|任教|打工|干活|施工|工地|食堂))"
)


class _Phrase(NamedTuple):
    """A phrase that describes a name, and whether a comma or bracket parts it from the name."""

    words: str
    apart: bool


def may_tell_of_children(text: str) -> bool:
    """Whether it is worth the time to ask :func:`is_young` of a text."""
    return _MAY_TELL.search(run_together(text)) is not None


def tells_of_a_pupil(text: str) -> bool:
    """Whether a text tells of a child at school, whoever it is.

    By an age under 18 and a school, or as a pupil of a grade.
    """
    text = _plain(as_read(text, _APART))
    if _A_PUPIL.search(text):
        return True
    return bool(_ANYBODY_YOUNG.search(text) and _AT_SCHOOL.search(text))


def tells_of_a_child(text: str) -> bool:
    """Whether a text tells of a child at all, whoever it is: by an age under 18 or by who cares for it.

    It is one of whom nothing more may be known, and whose school the text may not tell.
    """
    text = _plain(as_read(text, _APART))
    return bool(_ANYBODY_YOUNG.search(text) or _A_PUPIL.search(text) or _IN_CARE.search(text))


def is_young(text: str, start: int, stop: int, at: datetime) -> bool:
    """Whether a text tells beside a name that it is a child's.

    Args:
        text: in which the name stands from ``start`` to ``stop``.
        at: when the text was reported.
    """
    before = _plain(text[max(0, start - _AHEAD) : start])
    # The last sign of the name is the name's own: 王佳一13岁 tells of 13 years.
    phrases = list(_phrases(text[stop : stop + _BESIDE]))
    behind = _plain(text[stop : stop + _BESIDE])
    if _TEACHES.match(behind) or any(_is_of_age(one.words, at) for one in phrases):
        return False
    return (
        any(pattern.search(before) for pattern in _BEFORE)
        or (_GIRL_OR_BOY.search(before) is not None and not _COURTED.match(behind))
        or _is_told_beside_a_school(before, behind)
        or _is_a_pupil_s_classmate(before, behind)
        or _is_born_young(_BORN_BEFORE.search(before), at)
        or any(_is_a_child(one, at) for one in phrases)
        or (
            any(_NICKNAME.match(one.words) for one in phrases)
            and _OF_PARENTS.search(before) is not None
        )
    )


def is_grown(text: str, start: int, stop: int) -> bool:
    """Whether a text tells beside a name that it is no child's, by an age or a word (男子小军，35岁).

    A birth date tells nothing here; the arguments as of :func:`is_young`.
    """
    if is_young(text, start, stop, datetime.min):
        return False
    if _GROWN_BEFORE.search(_plain(text[max(0, start - _AHEAD) : start])):
        return True
    phrases = _phrases(text[stop : stop + _BESIDE])
    return any(_is_of_age(one.words, datetime.min) for one in phrases)


def _is_told_beside_a_school(before: str, behind: str) -> bool:
    """Whether somebody's child, or who is called a classmate, is told of at a school."""
    if _SOMEBODY_S_CHILD.search(before) is None and _CLASSMATE.match(behind) is None:
        return False
    if _GROWN_PUPIL.search(before) is not None:
        return False
    told = _OF_A_SCHOOL.search(before) or _AT_SCHOOL.search(before) or _AT_SCHOOL.search(behind)
    return told is not None


def _is_a_pupil_s_classmate(before: str, behind: str) -> bool:
    """Whether who is called a classmate before the name is one of a child or at a school."""
    found = _CLASSMATE_BEFORE.search(before)
    if found is None or _GROWN_CLASSMATE.match(behind) is not None:
        return False
    ahead = before[: found.start()]
    if _GROWN_PUPIL.search(ahead) is not None:
        return False
    if _IN_CARE.search(before) or any(_ANYBODY_YOUNG.search(text) for text in (ahead, behind)):
        return True
    told = _AT_SCHOOL.search(ahead) or _AT_SCHOOL.search(behind)
    return found["former"] is None and told is not None


def _phrases(behind: str) -> Iterator[_Phrase]:
    """What describes the name that the text stands behind."""
    rest = _plain(behind).lstrip("：:")
    while (inside := _BRACKET.match(rest)) is not None:
        for words in _IN_BRACKETS.split(inside[1])[:_MOST_PHRASES]:
            if _HAS_ANOTHER.search(words):
                return
            yield _Phrase(words, apart=True)
        rest = rest[inside.end() :]
    within = _REST_OF_BRACKET.match(rest)
    sentence = _SENTENCE.split(within[1] if within else rest, maxsplit=1)[0]
    for number, words in enumerate(_BETWEEN_PHRASES.split(sentence)[:_MOST_PHRASES]):
        if number == 0 and words[:1] in _OF_ANOTHER:
            return
        if words:
            yield _Phrase(words, apart=number > 0 or within is not None)
            if not _OF_THE_PERSON.match(words):
                return


def _plain(text: str) -> str:
    """The text in plain signs, with figures, ages and classes told in one way."""
    text = _GAP.sub("", as_read(text, _APART))
    return _BRACKETED_CLASS.sub(r"\1", _OF_A_YEAR.sub(r"年\1", text))


def _is_a_child(phrase: _Phrase, at: datetime) -> bool:
    words, apart = phrase
    return bool(
        _AGED.match(words)
        or _IN_YEARS.match(words)
        or _IS_CHILD_OF.match(words)
        or _IS_A_CHILD.match(words)
        or _is_born_young(_BIRTH.match(words), at)
        or _is_at_school(words, apart=apart)
    )


def _is_of_age(words: str, at: datetime) -> bool:
    """Whether a phrase tells that the person it describes is 18 or more."""
    born = _BIRTH.match(words)
    if born is not None:
        return not _is_born_young(born, at)
    old = _OF_AGE.match(words)
    return old is not None and not (_AGED.match(words) or _OF_ANOTHER_TIME.match(words))


def _is_born_young(born: "re.Match[str] | None", at: datetime) -> bool:
    """Whether who was born then was under 18; of a year alone its last month counts."""
    if born is None:
        return False
    year, *month = (int(part) for part in born.groups() if part)
    return (at.year - year) * 12 + at.month - (month[0] if month else 12) <= ADULT * 12


def _is_at_school(words: str, *, apart: bool) -> bool:
    """Whether a phrase behind a name tells that the person is a pupil."""
    found = _GRADED.match(words) or _SCHOOLED.match(words)
    if found is None or _ANOTHERS_SCHOOL.search(found["before"]):
        return False
    after = words[found.end() :]
    if _LEARNS.match(after):
        return True
    if _ATTENDS.search(found["before"]):
        return _ATTENDED.match(after) is not None
    return apart and not after and "grade" in found.groupdict()
