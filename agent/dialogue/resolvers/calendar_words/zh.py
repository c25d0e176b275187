"""Days and clock times in Chinese. There are no spaces: words are found by the longest match in these tables."""

from __future__ import annotations

import re

from agent.dialogue.resolvers.calendar_words.shape import (
    CalendarWords,
    SpanWords,
    frames,
    rewrites,
    word_set,
    word_table,
)

_NUMBER = r"(?:\d+|[零〇一二三四五六七八九十两]+)"
_PART = "早上|早晨|清晨|上午|中午|下午|傍晚|晚上|夜里|深夜|半夜|凌晨|早|晚"
_WEEK = "周|星期|礼拜"
_SIMPLIFIED = str.maketrans("後週禮點號鐘這個兩現間從開過為誕節聖國慶時裡還勞動兒婦萬復飯餐馬禮請訂幾後",
                            "后周礼点号钟这个两现间从开过为诞节圣国庆时里还劳动儿妇万复饭餐马礼请订几后")  # fmt: skip


def simplified(text: str) -> str:
    """Return the text with the traditional characters of calendar words simplified."""
    return text.translate(_SIMPLIFIED)


def _weekdays() -> str:
    lines = []
    for index, names in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")):
        lines.append(f"W{index}: " + " ".join(week + name for week in _WEEK.split("|") for name in names))
    return "\n".join(lines) + "\n"


CHINESE = CalendarWords(
    days=tuple("星期" + day for day in "一二三四五六日"),
    months=tuple(f"{month}月" for month in range(1, 13)),
    month_first=True,
    spaced=False,
    level=simplified,
    dates=word_table(_weekdays() + """
        D0: 今天 今日 今儿 今晚 今早 今夜 现在 马上 立刻 尽快
        D1: 明天 明日 明儿 明晚 明早
        D2: 后天 后日
        D3: 大后天
        D-1: 昨天 昨日 昨晚
        D-2: 前天
        D-3: 大前天
        nth: 号 日
        moon: 月 月份
        day: 天
        night: 晚 夜 晚上
        week: 周 星期 个星期 礼拜 个礼拜
        month: 个月
        year: 年
        hence: 后 以后 之后 过后
        ago: 前 以前 之前
        in: 过 再过
        this week: 这周 本周 这星期 这个星期 这礼拜 这个礼拜 本星期
        next week: 下周 下星期 下个星期 下礼拜 下个礼拜 下个周
        overnext week: 下下周 下下个星期 下下星期 下下个礼拜
        last week: 上周 上星期 上个星期 上礼拜 上个礼拜
        this month: 这个月 本月 这月
        next month: 下个月 下月
        last month: 上个月 上月
        this year: 今年
        next year: 明年
        overnext year: 后年
        last year: 去年
        weekend: 周末
        this weekend: 这周末 这个周末 本周末
        next weekend: 下周末 下个周末
        last weekend: 上周末 上个周末
        H12.25: 圣诞节 圣诞
        H12.24: 平安夜
        H12.31: 跨年夜 跨年
        H1.1: 元旦 元旦节
        H2.14: 情人节
        H3.8: 妇女节
        H5.1: 劳动节 五一 五一节
        H6.1: 儿童节 六一
        H10.1: 国庆节 国庆
        H10.31: 万圣节
        E0: 复活节
        or: 或 或者 还是
        end: 底 初 中旬 上旬 下旬 月初 月底 年底 年初
        last: 最后 最后一个
        last day: 最后一天
        @1: 第一 第一个
        @2: 第二 第二个
        @3: 第三 第三个
        @4: 第四 第四个
    """),
    date_fillers=word_set(
        "吧 的 在 那 就 我 想 要 可以 好 请 大概 左右 那天 是 订 呢 啊 了 一下 第 早上 早晨 清晨 上午 中午 下午 傍晚 "
        "夜里 深夜 整个 半夜 凌晨 早"
    ),
    date_phrases=rewrites(
        (rf"(这个?|本|下下个?|下个?|上上个?|上个?)(?:{_WEEK})([一二三四五六日天1-7])(?![个点:])", r"\1周 周\2"),
        (rf"(第[一二三四]|最后一)个?(?:{_WEEK})([一二三四五六日天1-7])", r"\1个 周\2"),
        (rf"({_NUMBER})个多?(?=星期|礼拜)", r"\1"),
    ),
    clock=re.compile(
        rf"(?:{_PART})?{_NUMBER}点(?:钟|整|半|[一三1 3]刻|过?{_NUMBER}分?)?|差(?:一刻|{_NUMBER}分?)|\d{{1,2}}:\d\d"
    ),
    times=word_table("""
        am: am
        pm: pm
        morning: 早上 早晨 清晨 上午 早 凌晨 今早 明早 早餐
        afternoon: 下午 午后
        evening: 晚上 晚 傍晚 今晚 明晚 夜晚 晚餐
        night: 夜里 深夜 半夜
        lunch: 午间 午饭 午餐 中饭
        noon: 中午 正午
        midnight: 午夜
        half: 半
        quarter: 一刻 1刻
        threequarter: 三刻 3刻
        minus: 差
        past: 过
        in: 再过
        oclock: 点 点钟 时
        hour: 小时 个小时 钟头 个钟头
        minute: 分 分钟
        hence: 后 以后 之后
        now: 现在 马上 立刻 立即
        or: 或 或者 还是
        between: between
        and: and
        allday: 全天 整天 一整天
        early: 初
        late: 末
        before: 前 之前 以前
    """),
    time_fillers=word_set(
        "吧 的 在 那 就 我 想 要 可以 好 请 大概 左右 是 整 呢 啊 了 大约 差不多 今天 明天 后天 大后天 每天"
    ),
    time_phrases=rewrites(
        (r"^过", "再过"),
        (rf"^(.*点.*?)(?:到|至|和)({_NUMBER}点.*?)(?:之间)?$", r"between \1 and \2"),
        (rf"中午(?={_NUMBER})", "午间"),
        (rf"({_NUMBER})个半(?:小时|钟头)", r"\1小时30分钟"),
        (r"半个?(?:小时|钟头)", "30分钟"),
        (r"(?:一|1)刻钟", "15分钟"),
        (r"(?:三|3)刻钟", "45分钟"),
    ),
    spans=SpanWords(
        lasting=(
            re.compile(r"(?:从|自)?(?P<start>.+?)(?:开始|起)(?:住|玩|的|，|,|共|一共|持续)? ?(?P<length>.+)"),
            re.compile(r"(?:从|自)?(?P<start>.+?)(?:入住|住|持续) ?(?P<length>.+)"),
            re.compile(rf"(?P<start>.+?)(?P<length>{_NUMBER}(?:天|晚|夜|周|个星期|个小时|小时))"),
        ),
        onward=re.compile(r"(?:接下来|未来|之后|今后)的?(?P<length>.+?)(?:内|里)?"),
        frames=frames(
            (r"(?P<rest>.+?)(?:离店|退房|离开|前|以前|之前|走)", r"(?:入住|到达|以后|之后|后|到)[，, ]?"),
            (r"(?:从|自|在)?(?P<rest>.+?)(?:之间|为止)?", r"到|至|\s?-\s?|和(?=.+之间)"),
        ),
        weak_joints=frozenset(),
        pair=re.compile(r"和|跟|、"),
        until=re.compile(r"(?:到|至|直到)(?P<end>.+?)(?:为止)?|(?P<end2>.+)为止"),
        before=re.compile(r"(?:在)?(?P<end>.+?)(?:之前|以前|前)"),
        since=re.compile(
            r"(?:从|自)?(?P<start>.+?)(?:开始|起|以后|之后|过后|往后|后)|(?:从|自)(?P<start2>.+)"
        ),
        after=re.compile(r"(?P<start>.*(?:饭|餐))(?:以后|之后|后)"),
    ),
)  # fmt: skip
