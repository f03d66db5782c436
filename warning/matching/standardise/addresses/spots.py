"""Spots: what is written behind a village and is no place without it (地头, 果园, 老王家大棚)."""

import re

from warning.matching.standardise.addresses.scanning import LIVED_IN, Span

_AT = (
    r"(?:边上?|旁边?|里边?|里面|里头|内|上面?|下面?|中间?|间|头|口|埂子?上?|沿|底|前面?|后面?|[东南西北中]"
    r"[侧面边头口]?|处)"
)
_CROP = (
    r"(?:小?麦|大麦|玉米|苞谷|包谷|洋芋|土豆|蔬?菜|西?瓜|棉花|葵花|油菜|水?稻|胡麻|药材|制种|甜菜|辣椒|番茄|大?蒜|洋?葱|苜蓿"
    r"|庄稼|承包|责任|自留|自家|口粮|耕|农|荒|滩|河滩|草|林|水|旱|空)"
)
#: Words that say where in a village without naming anything: 地头, 麦地, 村口, 路边, 老王家地里.
GROUND = re.compile(
    rf"(?:.{{1,4}}家的?)?(?:{_CROP}?[地田]{_AT}|{_CROP}[地田]|田间地头|地头田间"
    rf"|[村庄社组队](?:子|部)?{_AT}|[路渠沟河井桥坝坡山塘林圈棚院场门墙房屋树坑崖滩]{_AT}"
    rf"|[东西南北]头|(?:[老小].|.某.?)家(?:里|中)?|村民委员会|村委会|(?:社区)?居委会|居民委员会"
    rf"|(?:道路|马路|公路|村道|乡道|大路|小路|土路|水泥路|柏油路|便道|路口|岔路口|巷|巷道|巷子|小巷|胡同|院子|院落|家|大门|门口"
    rf"|庄门){_AT}?)"
)
#: What a village has many of, or each village one: a spot of the village, none of a whole town.
THING = re.compile(
    r"(?P<name>(?:.{1,4}家的?)?"
    r"(?:坟地|坟|祖坟|坟园|墓地|[树林]地|树林|林带|树沟|草场|草原|草滩|牧场|戈壁滩?|河滩"
    r"|(?:苹果|葡萄|红枣|枣|梨|桃|杏|果|菜)园|(?:蔬菜|塑料|育苗|养殖|钢架)?(?:大棚|温棚|温室|日光温室)|[羊牛猪鸡马驴][圈棚舍]|圈舍"
    r"|机井房?|水井|井房|泵房|蓄水池|[支干斗农毛水]渠|渠道|水沟|排水沟|排碱沟|河坝|河道|河沟|沙河|水坝|大坝|涝池|水塘|鱼塘|池塘"
    r"|水?闸|闸门|小?桥|大桥|晒场|晾晒场|麦场|打麦场|打谷场|场院|文化室|活动室|活动中心|农家书屋|变压器|电线杆|垃圾[点台池站箱]"
    r"|公厕|厕所|砂石?[场坑]|沙[场坑]))"
    rf"(?P<at>{_AT})?"
)
#: Shops and other houses whose word alone is one of many.
_HOUSE = re.compile(
    r"超市|商店|小卖[部店]|小卖铺|药店|诊所|饭馆|饭店|餐馆|理发店|麻将馆|茶馆|磨坊|油坊|冷库|路口"
)
#: Where people live, without a name: behind a village it is the village's.
_HOMES = re.compile(
    r"小区|家属院|家属楼|居民点|居民区|安置[点区房]|住宅楼?|住宅区|公寓|宿舍楼?|新居|农宅|楼房"
)
#: Offices that a town has one of, in whatever village they stand.
_OFFICE = re.compile(
    r"(?:医院|卫生院|大学|学院|派出所|政府|法院|法庭|检察院|司法所|委员会|车站|收费站|服务区|监狱|局|支队|服务中心)$"
)
#: Ends of a name that stands by itself where a name stands before it: 金龙砖厂, 龙泉寺.
_BY_ITSELF = re.compile(
    r"(?:公司|集团|银行|信用社|酒店|宾馆|饭店|卫生[所室]|学校|中学|小学|幼儿园|警务室|园区|工业园|产业园|科技园|物流园|景区|公园"
    r"|加油站|农场|林场|水库|厂|矿|寺|庙|站|所|大队|中队|中心|超市|商场|商城|市场|广场|大厦|大楼|合作社|养殖场|山庄|农家乐|度假村"
    r"|馆|陵园|公墓|基地)$"
)
#: Whose something is, where only neighbours know whose: 老王, 王家, 王某; or nobody's.
_NEIGHBOUR = re.compile(r"|.{1,2}家的?|[老小].|.某.?|自家|本[村社组队]|.")


def take_spot(parts: dict[str, str]) -> None:
    """Move ground words and what every village has from the names to ``spot``, in place."""
    label = "poi" if parts["poi"] else "compound"
    name = parts[label]
    if parts["village"] in ("村", "社区"):
        # 乌江镇村委会: of which village is not written.
        parts["spot"], parts["village"] = "村委会", ""
    if GROUND.fullmatch(name):
        parts["spot"], parts[label] = name, ""
        return
    thing = THING.fullmatch(name)
    # 桃园3号楼 is a compound's name.
    if thing and not parts["building"]:
        parts["spot"], parts[label] = thing["name"], ""


def place_spot(spans: list[Span], parts: dict[str, str], done: list[str]) -> None:
    """Keep a spot that its village holds and drop one that nothing holds, in place.

    Behind a village every name is the village's spot unless it stands by itself.
    """
    village = parts["village"]
    if not parts["spot"] and village and not (parts["poi"] and parts["compound"]):
        label = "poi" if parts["poi"] else "compound"
        is_rural = bool(parts["group"]) or not village.endswith("社区")
        if parts[label] and _is_of_the_village(parts[label], label, is_rural):
            parts["spot"], parts[label] = parts[label], ""
    spot = parts["spot"]
    if not spot:
        return
    if not village or GROUND.fullmatch(spot):
        done.append("beside")
    elif parts["section"]:
        parts["spot"], parts["section"] = spot + parts["section"], ""
        return
    elif not parts["road_number"]:
        return
    elif not parts["road"] and not _is_numbered(spans):
        return  # 李家角192号: a house of the hamlet
    elif not parts["road"] and (THING.fullmatch(spot) or _HOMES.fullmatch(spot)):
        parts["spot"], parts["road_number"] = parts["road_number"] + "号" + spot, ""
        return
    # 39号金龙饭馆: the house is known by its number.
    parts["rest"], parts["spot"] = f"{parts['rest']} {spot}".strip(), ""


def _is_numbered(spans: list[Span]) -> bool:
    """Whether the number stands before the name: 12号大棚."""
    first = next(label for label, _, _ in spans if label in ("road_number", "poi", "compound"))
    return first == "road_number"


def _is_of_the_village(name: str, label: str, is_rural: bool) -> bool:
    if _HOUSE.fullmatch(name) or _HOMES.fullmatch(name):
        return True
    if not is_rural or _OFFICE.search(name):
        return False
    end = _BY_ITSELF.search(name) or (LIVED_IN.search(name) if label == "compound" else None)
    return end is None or _NEIGHBOUR.fullmatch(name[: end.start()]) is not None
