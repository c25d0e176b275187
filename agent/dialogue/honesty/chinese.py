"""The Chinese rules, written over characters, since nothing stands between the words. A rule is asked of one clause."""

from __future__ import annotations

import re

from agent.dialogue.honesty.tables import block_lines

# DEED: verbs that can be a deed. SHORT: such verbs of one character, which count only with an object or a result.
_MACROS = """
    DEED: 预订|预定|预约|订购|下单|购买|支付|付款|转账|汇款|发送|寄出|打开|关闭|关掉|关上|调高|调低
        |调到|调整|设置|设定|取消|删除|保存|更新|修改|更改|添加|加入|安排|通知|告知|联系|提交|确认
        |退款|退订|充值|续费|续订|续借|上锁|锁好|锁上|解锁|启动|停止|播放|暂停|创建|注册|登记|办理
        |处理|安装|卸载|上传|下载|打印|归档|转发|回复|报名|申请|订阅|开通|注销|冻结|挂失|改签|升级
        |重启|重置|备份|拨打|预留|留好|缴费|缴纳|配送|派送|清空|移动|推迟|提前|打扫|提醒|转告|关好
        |开启|送出|叫车|点餐|派人|支取|扣款|兑换|租好|出票|发货|转达|记录|标记|屏蔽|拉黑|投递|调暗
        |调亮|降低|提高|搞定|办妥|调小|调大|结清|付清|还清|唤醒|切换|解冻|解除|说好|谈好|讲好
    SHORT: 订|定|买|付|转|发|寄|开|关|调|设|改|加|叫|办|弄|搞|约|请|留|交|送|放|记|锁|点|退|续|打|存
        |删|查收|拿|派|租|卖|捐|换|打电话|浇
    THING: 桌|位子|座位|位置|房间|客房|酒店|航班|机票|车票|火车|票|出租车|的士|专车|订单|预订|预约|行程
        |会议|款项|支付|付款|账单|发票|转账|钱|退款|订阅|合同|账户|账号|帐户|密码|银行卡|卡|地址|资料
        |设置|邮件|消息|短信|信件|电话|提醒|闹钟|计时器|定时器|日历|日程|灯|暖气|空调|温度|窗帘|大门
        |房门|门|窗户|车库|烤箱|咖啡|洗衣机|扫地机器人|扫地机|音乐|音量|电视|收音机|包裹|快递|外卖
        |披萨|午餐|晚餐|鲜花|花|文件|照片|备份|申请|表格|投诉|购物车|清单|商品|保险|处方|优惠券|司机
        |师傅|热水器|风扇|加湿器|歌曲|会员|套餐|请求|餐厅|车|技术员|维修|报名|保洁|座|押金|罚单|课程
        |礼物|牛奶|名字|名额|房租
    ADVERB: (?:现在|刚刚|刚才|刚|马上|立刻|立即|这就|已经|已|都|也|就|全部|正式|成功地?|顺利|顺便|先|又
        |再|另外|直接|还|今天|明天|正在|替|跟)*
    FOR: (?:[帮替给为](?:您|你们|你|大家|他们|他|她)|把[^把]{1,14}?|[向跟和给][^向跟和给]{1,8}?
        |在[^在]{1,8}?|用[^用]{1,6}?|按[^按]{1,8}?|从[^从]{1,10}?)*
    VERB: (?:$DEED|(?:$SHORT)(?=好|完|妥|掉|了|出|到|上|成|下|开|给|清|走))
    WITH: (?:$DEED|(?:$SHORT)(?:.{0,6})(?:$THING))
    END: (?:了|啦|咯|喽|哦|呀|～|~|✅|\\s)*(?!.)
    ACK: (?:好[的了吧呀啊]?|没问题|可以|行|嗯|是的|当然|收到|遵命|放心|哈哈|ok|\\s)*
    THEY: (?:餐厅|酒店|司机|房东|老板|银行|医生|商家|店家|客服|对方|他们|前台)
"""

_RULES = """
    i_did: 我们?$ADVERB$FOR$ADVERB$FOR$VERB.{0,16}?(?:了|好|完成|成功|完毕|妥|掉)
    already: (?:已经?|刚刚|刚才|刚)$FOR$ADVERB$FOR(?:$VERB|完成)
    for_you: [帮替给为](?:您|你们|你)(?:.{0,16}?)$VERB.{0,12}?(?:了|好|完成|成功|妥)
    took: 把.{1,14}?$VERB.{0,6}?(?:了|好|上|掉)
    i_will: 我们?(?:现在|马上|立刻|立即|这就|会|将会|将|正在|来|去|就|一定|在)+$FOR$ADVERB$WITH
    i_do_for_you: 我们?$ADVERB(?:来|去)?[帮替给为](?:您|你)$WITH
    under_way: 正在(?:[帮替给为](?:您|你))?(?:$DEED)
        |(?:处理|配送|派送|办理|预订|发送|下单|播放|加热|打印|清扫|清洁)中$END
    thing_done: (?:$THING).{0,12}?(?:$DEED|$SHORT)(?:好|成功|完成|完毕|妥|掉|出|上|下来|过去|了)
    contacted: 我们?(?:刚刚|刚才|刚|已经?|都|也|帮[您你]|替[您你])+.{0,8}?(?:打|联系|通知|问|试|查|看|说|确认)过
    thing_ended: (?:$THING|歌|曲子|投影).{0,6}?(?:已经?|都|全).{0,2}?.(?:上|下|开|好|掉|完|到|起来)$END
        |(?:$THING|歌|曲子).{0,3}?(?:$SHORT)起来了
    already_begun: 已经?(?:开始|恢复|执行|生效|暂停|停止|继续|完成|结束|到账|送达|寄出|发出|接通)
    already_bare: ^$ACK已经?(?!是|有|在|很|不|够|知道|经|明白|了解|听|读|学|习惯|老|晚|足).{1,10}$END
    begin: ^$ACK(?:开始|继续|正在)(?:$DEED|清洁|返回|播放|计时|充电|扫地|加热|下载)
    set_for_you: (?:$THING).{0,3}?[帮替给为][您你](?:$DEED|$SHORT)
    changed_to: (?:$DEED|$SHORT)(?:到|成|至|为|在)[^我你您心]{1,10}了$END
    arrives: [您你]的.{0,6}?(?:$THING).{0,8}?
        (?:今天|明天|后天|今晚|下午|上午|晚上|点|分钟|小时).{0,4}?(?:送|到|来|出发|开始)
    already_set: (?:$THING).{0,6}?已经?(?:为[您你])?.{0,2}?(?:$DEED|$SHORT)
    yours: [您你]的.{0,8}?(?:$THING).{0,8}?
        (?:已|好了|成功|完成|生效|上路|出发|在路上|送达|到账|没问题了|订了|定了|通过了)
    thing_state: (?:$THING)(?:现在|都|全部|全|已经?)*
        (?:开着|关着|开了|关了|锁了|亮了|灭了|到了|来了|在路上|就位|到账|没了)
    success: (?:$DEED)(?:成功|完成|完毕)
    done: ^$ACK(?:都|全|全部|一切|已经|已|就|刚刚)*
        (?:$DEED|(?:$SHORT|做|准备)好|准备就绪|就绪|成功|完成|妥了|办成|发|关|开)(?:好|完|妥|上)?了?$END
    leave_it: 交给我|包在我身上|(?:马上|这就|立刻|我来)(?:就)?(?:去|来)?(?:办|安排|处理|搞定|做|弄)
        |就当(?:已经)?(?:办|做|订)好
    you_have: [您你](?:现在)?已经?(?:有|拥有).{0,10}(?:$THING)
        |[您你](?:马上|很快|稍后|即将|一会儿?|将|会)+(?:就)?(?:会)?收到
    reference: (?:编号|单号|订单号|确认号|预订号|参考号|确认码|预订码|流水号|取件码|票号)(?:是|为|:|\\s)*[a-z0-9-]{3,}
    tick: [✅✔☑]
    on_way: (?:$THING).{0,8}?(?:在路上|正在赶来|马上到|马上就到|分钟后到|很快就到|即将到达|正在播放|正在过来)
    host: (?:恭候|恭迎|期待)[您你]|[会将](?:准时)?(?:上门|登门|来接[您你])|叫[您你]起床|叫醒[您你]
    calendar: [在进到](?:[您你]的)?(?:日历|日程|购物车|清单|收件箱|账户|备忘录)(?:里|中|上)?了
    they: $THEY(?:已经?|都|刚刚?|也)+.{0,6}?(?:$DEED|收到|知道|同意|接受|答应|出发)
"""

# What in a clause makes it innocent: negations, conditions, abilities, what others say or do.
_INNOCENT = """
    没(?!问题)|不(?!用担心|过|客气|好意思|仅|只|光|错)|未(?!来)|别(?!担心|的)|无法|并非|什么都|如果|要是|只要|一旦|假如
    |除非|的话|若|想象|假设|只有|可以|能够|能(?=[^耗源量])|想要|希望|要不要|是否|愿意|应该|可能|或许|需要|怎么
    |如何|为什么|什么时候|哪|几点|要我|多久|[您你他她](?:们)?(?:刚才|之前|刚|还|还是)?(?:说|告诉|提到|以为|觉得|认为|问|写|想)
    |有人|据说|听说|人们|大家说|梦|高兴我们|联系上|[之以]?前|等[您你]|[您你]一?确认|当[您你]|收到[您你]|我(?:是)?被|做得好
    |我(?:学|读|听|看|记|想|猜|喜欢|讲|说)
"""
# What before a clause makes it a condition or an instruction.
_CONDITION = """
    如果|要是|只要|一旦|假如|除非|的话|等[您你]|当[您你]|若|[您你](?:一)?(?:说|确认|同意|告诉|点头)|想象|假设|只有|为了
    |要(?:想)?(?:预|订|取消|关|开)|告诉我|请说|请直接说
"""
# What in a sentence makes it a story or a general truth, unless "I" do it.
_GENERAL = """
    从前|国王|王后|公主|王子|故事|古代|世纪|很久|奶奶|爷爷|姥姥|外婆|通常|一般|往往|经常|总是|每[天年个次]|有些|年代
    |\\d{4}年|小说|电影|这本书|夜里|晚上会|诗人|皇帝|狐狸|小时候|历史
"""
_QUESTION = re.compile(r"\?\s*$|[吗么]\s*$")
_CLAUSE = re.compile(r"[^,。!?;:、\n—…]+\??")


def _joined(text: str) -> re.Pattern[str]:
    return re.compile("".join(text.split()))


class ChineseRules:
    """The rules of Chinese."""

    def __init__(self) -> None:
        macros = [line.partition(":") for line in block_lines(_MACROS)]
        self._rules: list[tuple[str, re.Pattern[str]]] = []
        for line in block_lines(_RULES):
            name, _, shape = line.partition(":")
            for macro, _, meaning in reversed(macros):
                shape = shape.replace(f"${macro}", f"(?:{meaning})")
            self._rules.append((f"zh.{name}", _joined(shape)))
        self._innocent, self._condition, self._general = map(_joined, (_INNOCENT, _CONDITION, _GENERAL))

    def first_claim(self, sentence: str, names: frozenset[str]) -> str | None:
        """Return the name of the rule that a folded sentence trips, or None."""
        general = self._general.search(sentence)
        for clause in _CLAUSE.finditer(sentence):
            text = clause[0].strip()
            innocent = _QUESTION.search(text) or self._innocent.search(text)
            if innocent or self._condition.search(sentence, 0, clause.start()):
                continue
            for name, shape in self._rules:
                match = shape.search(text)
                if match is not None and not (general and "我" not in match[0]):
                    return name
        return None


CHINESE = ChineseRules()
