# ruff: noqa: E501  (han characters count twice; formulas and prose on one line each)
r"""A document that holds every kind of block: the visual reference rebuilt through the model, and harder cases."""

from from_latex import with_trees

from symconv.handout.document import (
    Asked,
    Beside,
    Block,
    Bullets,
    Chain,
    Column,
    Document,
    Explorer,
    FigureRow,
    Line,
    Link,
    Need,
    Paragraph,
    Part,
    Passage,
    Room,
    Shown,
    Sliding,
    Switch,
    Table,
    Verified,
    Worked,
    symbol_table,
)
from symconv.handout.listings import listing
from symconv.handout.pictures import (
    BackLink,
    BackNode,
    BackParameter,
    BackwardPicture,
    ColouredTable,
    GradWindow,
    NetworkPicture,
    OperationPicture,
    PlacesPicture,
    PoolFigure,
    TensorPicture,
    WeighedWindow,
    Window,
    WorkedLine,
)

X = (("1", "0", "2"), ("0", "1", "-1"), ("2", "1", "0"), ("-1", "0", "1"))
U = (("1/2", "-1", "1/2"), ("1", "1", "0"))
S = ("5/2", "3/2", "-1")
CHAIN = ("X", "S", "P", "h", "z", "y", "L")
MAT_U = r"\begin{mat}\half&-1&\half\\1&1&0\end{mat}"
MAT_DU = r"\begin{mat}0.2924&0&0.5848\\0&0.2924&-0.2924\end{mat}"
EN = {
    "title": "A convolutional network, worked by hand",
    "subtitle": "One pass forward, one pass back, one step of learning",
    "network": "The network",
    "intro": "The input $X$ is a table of four rows and three columns. A *kernel* $U$ slides down over it, two rows at a time. "
    "What it finds passes through ReLU, the largest value survives, and two weights turn that one number into a score for "
    "each of two classes. Softmax makes the scores probabilities; the loss $L$ says how far they are from the truth.",
    "legend": "[fw:Blue, solid]: forward, and where we are now.\n[bw:Orange, dashed]: gradients, going back.\n"
    "Grey cells: the numbers that learn.",
    "convolve": "convolve", "pool": "max pool", "linear": "linear", "values": "values", "gradients": "gradients",
    "symbols": "Symbols",
    "meanings": "the input|the kernel, which learns|what the kernel finds|$S$, its negatives set to $0$|"
    "the winner's value, the winner's place|the weights, which learn|one score for each class|the scores as probabilities|"
    "the truth: $1$ at the target class|the loss|the learning rate",
    "given": "given",
    "symbols_note": "Indices start at $0$, as in the code.\n\nBrackets $[\\,\\cdot\\,]$ around a condition are $1$ where it holds, "
    "$0$ where not.\n\nThe last column names the equation that defines the symbol.\n\nDecimals are rounded to four places.",
    "numbers": "Given numbers", "target": "The target is class $0$, so $t=(1,0)$. The learning rate is $\\alpha=1$.",
    "forward": "Forward", "convolution": "Convolution",
    "lay": "Lay the kernel on rows $i$ and $i+1$ of $X$. Multiply entry by entry, add, and write the sum into $S[i]$. "
    "(Strictly, this is cross-correlation.)",
    "places": "stride $1$, no padding: $4-2+1=3$ places", "entrywise": "entry by entry", "pooling": "Max pooling",
    "largest": "Only the largest entry goes on. We keep its place $i^*$ as well: on the way back, the gradient will return "
    "to that place and to no other.", "winner": "the winner's place is $i^*$", "layer": "Linear layer",
    "positive": "all positive, sum $1$", "loss": "Loss", "only": "the target, class $0$, was given only $27\\,\\%$",
    "backward": "Backward",
    "walk": "We walk the chain back, from the loss to the parameters. Each step multiplies the gradient that arrives by the "
    "derivative of one layer.", "to output": "From the loss to the kernel's output", "chain rule": "chain rule",
    "soft": "softmax, then $-\\log$", "paths": "chain rule: add the paths", "takes all": "the winner takes all",
    "mask": "ReLU's mask is $(1,1,0)$", "kernel": "The kernel", "definition": "definition of $S$, (1)",
    "entry": "an entry's derivative", "delta": "a sum against a delta keeps one term",
    "first": "One entry first: $a=b=0$ in (12)", "six": "All six: the winner's window of $X$, times one number.",
    "learning": "Learning", "update": "The update", "every": "Every parameter takes one step against its gradient.",
    "rate": "learning rate $\\alpha=1$", "again": "Forward again", "before": "before", "after": "after one step",
    "moved": "The winner has moved from $i^*=0$ to $i^*=1$: the step weakened the kernel's answer at the first window and "
    "strengthened it at the second.",
    "loop": "The convolution as a loop", "general": "Other sizes", "padded": "Input $7\\times6$, kernel $3\\times2$, padding $1$, "
    "stride $2$: the ring of zeros is the padding.", "long": "A longer chain", "deeper": "A deeper network",
    "verification": "Verification",
    "verified": "57 equations in this handout;\neach was evaluated exactly on 3 sets of sizes.",
    "conventions": "Conventions", "kink": "The derivative of ReLU at $0$ is $0$.",
    "ties": "Where several entries tie, the first in reading order wins.",
    "note": "room for the output, one number per window",
}  # fmt: skip
ZH = {
    "title": "手算一个卷积神经网络",
    "subtitle": "向前算一遍，向后推一遍，再学一步",
    "network": "网络",
    "intro": "输入 $X$ 是一张四行三列的表。*卷积核* $U$ 每次盖住其中两行，自上而下滑动。所得的数经过 ReLU，再由*最大池化*留下最大的一个；"
    "两个权重把这个数化成两个类别的得分。softmax 把得分化成概率，损失 $L$ 则说明概率离真值有多远。",
    "legend": "[fw:蓝色实线]：前向，此刻所在。\n[bw:橙色虚线]：梯度，反向传播。\n灰色格子：要学习的数。",
    "convolve": "卷积", "pool": "最大池化", "linear": "线性", "values": "值", "gradients": "梯度",
    "symbols": "符号",
    "meanings": "输入|卷积核，待学习|卷积的结果|$S$，其中负数换成 $0$|最大值，以及它的位置|权重，待学习|两个类别的得分|"
    "得分化成的概率|真值：目标类别处为 $1$|损失|学习率",
    "given": "已知",
    "symbols_note": "下标从 $0$ 开始，与代码一致。\n\n方括号 $[\\,\\cdot\\,]$ 内若是条件，成立时取 $1$，不成立时取 $0$。\n\n"
    "最后一列是定义该符号的式子的编号。\n\n小数四舍五入到四位。",
    "numbers": "已知数", "target": "目标类别为 $0$，故 $t=(1,0)$。学习率 $\\alpha=1$。",
    "forward": "前向传播", "convolution": "卷积",
    "lay": "把卷积核盖在 $X$ 的第 $i$ 行与第 $i+1$ 行上，对应元素相乘，再全部相加，其和记作 $S[i]$。（严格说来，这是互相关。）",
    "places": "步长为 $1$，无填充：$4-2+1=3$ 个位置", "entrywise": "逐元素", "pooling": "最大池化",
    "largest": "只有最大的一项继续向前。它的位置 $i^*$ 也要记下：反向传播时，梯度只回到这一处。", "winner": "胜者的位置记作 $i^*$",
    "layer": "线性层", "positive": "各项为正，其和为 $1$", "loss": "损失", "only": "目标类别 $0$ 只分到 $27\\%$",
    "backward": "反向传播",
    "walk": "沿着同一条链，从损失走回参数。每走一步，就把传来的梯度乘以这一层的导数。", "to output": "从损失回到卷积的输出",
    "chain rule": "链式法则", "soft": "先 softmax，后 $-\\log$", "paths": "链式法则：各路相加", "takes all": "胜者全得",
    "mask": "ReLU 的掩码为 $(1,1,0)$", "kernel": "卷积核", "definition": "$S$ 的定义，式 (1)", "entry": "单个元素的导数",
    "delta": "对 $\\delta$ 求和，只留一项", "first": "先算一项：在式 (12) 中取 $a=b=0$", "six": "六项一起：胜者所在的窗口，乘以一个数。",
    "learning": "学习", "update": "更新参数", "every": "每个参数都逆着自己的梯度走一步。", "rate": "学习率 $\\alpha=1$",
    "again": "再向前算一遍", "before": "更新前", "after": "走一步之后",
    "moved": "胜者从 $i^*=0$ 换成了 $i^*=1$：这一步减弱了卷积核在第一个窗口上的响应，增强了它在第二个窗口上的响应。",
    "loop": "把卷积写成循环", "general": "其他尺寸", "padded": "输入 $7\\times6$，卷积核 $3\\times2$，填充 $1$，步长 $2$：外围一圈 “$0$” 就是填充——它们不参与学习。",
    "long": "更长的一条链", "deeper": "更深的网络", "verification": "验证",
    "verified": "本讲义共有 57 个等式，\n每个都在 3 组尺寸上做过精确计算。",
    "conventions": "约定", "kink": "ReLU 在 $0$ 处的导数取 $0$。", "ties": "若有并列的最大值，取按行读时的第一个。",
    "note": "为输出留出位置，每个窗口一个数；这一行注释写得长一些，看看它怎样折行",
}  # fmt: skip
BLANKS = (
    r"S[0]:\ \half\cdot1",
    r"S[0]:\ (-1)\cdot0",
    "S[0]",
    *(rf"\dL{{U[0,\,{b}]}}" for b in range(2)),
    "y[0]",
    "y[1]",
)
BLANK_LINES = (
    Line("S[0]", r"=\half\cdot 1+(-1)\cdot 0", mark="1"),
    Line("", r"=\blank{0}{11}+\blank{1}{11}=\blank{2}{15}"),
    Line(r"\dL{U}", r"\approx\begin{mat}\blank{3}{15}&\blank{4}{15}\end{mat}"),
    Line("y", r"\approx\bigl(\blank{5}{15},\ \blank{6}{15}\bigr)"),
)


def sample(language: str) -> Document:
    """The reference's four pages, then the harder cases."""
    w = ZH if language == "zh" else EN
    parts = (
        Part(1, w["network"], network(w)),
        Part(2, w["forward"], forward(w), fresh=True),
        Part(3, w["backward"], backward(w), fresh=True),
        Part(4, w["learning"], learning(w), fresh=True),
        Part(5, w["general"], general(w)),
    )
    heading, blanks = ("CNN 101", "A. B. & C."), tuple(BLANKS)
    return with_trees(
        Document(w["title"], w["subtitle"], language, CHAIN, parts, heading, ("a sample",), blanks=blanks, key="{}")
    )


def network(w: dict[str, str]) -> tuple[Block, ...]:
    boxes = [("X", 4, 3), ("S", 3, 1), ("P", 3, 1), ("h", 1, 1), ("z", 2, 1), ("y", 2, 1), ("L", 1, 1)]
    picture = NetworkPicture(
        tuple(TensorPicture(s, rf"{r}\times{c}", r, c) for s, r, c in boxes),
        (
            OperationPicture(w["convolve"], (TensorPicture("U", r"2\times3", 2, 3),)), OperationPicture("ReLU"), OperationPicture(w["pool"]),
            OperationPicture(w["linear"], (TensorPicture("W", r"2\times1", 2, 1),)), OperationPicture("softmax"), OperationPicture(r"$-\log y[0]$"),
        ),
    )  # fmt: skip
    names = ("X", "U", "S", "P", r"h,\;i^*", "W", "z", "y", "t", "L", r"\alpha")
    shapes = ("4 3", "2 3", "3 1", "3 1", "1 1", "2 1", "2 1", "2 1", "2 1", "1 1", "1 1")
    where = (w["given"], w["given"], "(1)", "(2)", "(3)", w["given"], "(4)", "(5)", w["given"], "(6)", w["given"])
    rows = tuple(
        (n, s.replace(" ", r"\times"), m, e)
        for n, s, m, e in zip(names, shapes, w["meanings"].split("|"), where, strict=True)
    )
    given = (
        r"=\begin{mat}1&0&2\\0&1&-1\\2&1&0\\-1&0&1\end{mat},\qquad U=" + MAT_U
        + r",\qquad W=\begin{mat}\tfrac25\\[2pt]\tfrac45\end{mat}."
    )  # fmt: skip
    return (
        Paragraph(w["intro"], note=w["legend"]),
        FigureRow((picture,)),
        Passage(w["symbols"], (symbol_table(rows, w["symbols_note"]),)),
        Passage(w["numbers"], (Chain((Line("X", given),)), Paragraph(w["target"]))),
    )


def window(i: int, sums: tuple[str, str]) -> Window:
    done = tuple((s if k <= i else "",) for k, s in enumerate(S))
    result = (r"\tfrac52", r"\tfrac32", "-1")[i]
    line = WorkedLine(f"S[{i}]", rf"\textstyle\sum_{{a,b}} U[a,b]\,X[{i}+a,b]", sums, result)
    return with_trees(Window(X, U, done, (i, 0), ("X", "U", "S"), worked=line, products=X[i : i + 2]))


JOINED = PlacesPicture(
    (ColouredTable("P", (("1", "-1/2"),), ((1, 1),)), ColouredTable("Q", (("0.25", "3"),), ((2, 2),), ((0, 1),))),
    (ColouredTable("Y", (("1", "-1/2"), ("0.25", "3"), ("0", "0")), ((1, 1), (2, 2), (0, 0)), ((1, 1),)),),
)
ADDED = PlacesPicture(
    (ColouredTable(r"\tdL{G}", (("2.3375", "5.6099"),), ((1, 2),)),),
    tuple(ColouredTable(rf"\tdL{{Y}}[{k}]", ((str(k), "-0.5", "7"),) * 2, ((k + 1,) * 3,) * 2) for k in range(5)),
    "bw", added=True,
)  # fmt: skip

EXPLORED = (
    Shown("X", tuple(tuple((f"X[{i},{j}]", x) for j, x in enumerate(row)) for i, row in enumerate(X[:2]))),
    Shown("P", ((("P[0]", "5/2"),), (("P[1]", "3/2"),))),
    Shown(r"\tdL{P}", (((r"\dL{P[0]}", "0.2924"),), ((r"\dL{P[1]}", "0"),)), gradient=True),
)
LINKS = (
    Link(6, 0, (((0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 3), (1, 4), (1, 5)),)),
    Link(8, 6, (((0, 0), (1, 0)), ((0, 0), (0, 1)))),
)


def forward(w: dict[str, str]) -> tuple[Block, ...]:
    windows = (
        window(0, (r"\half\cdot1+(-1)\cdot0+\half\cdot2", r"+1\cdot0+1\cdot1+0\cdot(-1)")),
        window(1, (r"\half\cdot0+(-1)\cdot1+\half\cdot(-1)", r"+1\cdot2+1\cdot1+0\cdot0")),
        window(2, (r"\half\cdot2+(-1)\cdot1+\half\cdot0", r"+1\cdot(-1)+1\cdot0+0\cdot1")),
    )
    pool = PoolFigure(
        (("5/2",), ("3/2",), ("0",)), (("5/2",),), (0, 0, 3, 1), (0, 0), ("S", "P", "h"), ("ReLU", "max"),
        before=(("5/2",), ("3/2",), ("-1",)),
    )  # fmt: skip
    relu = r"=\max(0,\,S)=\bigl(\max(0,\tfrac52),\ \max(0,\tfrac32),\ \max(0,-1)\bigr)=\res{\bigl(\tfrac52,\ \tfrac32,\ 0\bigr)}"
    softmax = (
        Line("y[k]", r"=\frac{e^{z[k]}}{\sum_j e^{z[j]}}", w["positive"], "5"),
        Line("y", r"=\Bigl(\frac{e}{e+e^2},\ \frac{e^2}{e+e^2}\Bigr)"
             r"=\res{\Bigl(\frac{1}{1+e},\ \frac{e}{1+e}\Bigr)}\approx(0.2689,\ 0.7311)"),
    )  # fmt: skip
    return (
        Passage(w["convolution"], (
            Paragraph(w["lay"]),
            Chain((Line("S[i]", r"=\sum_{a=0}^{1}\,\sum_{b=0}^{2} U[a,b]\,X[i+a,b],\qquad i=0,1,2", w["places"], "1"),)),
            Sliding(windows, 2, w["places"]),
            Explorer(w["values"], w["lay"], EXPLORED, LINKS),
        ), ("S",)),
        Passage("ReLU", (Chain((Line("P", relu, w["entrywise"], "2"),)),), ("P",)),
        Passage(w["pooling"], (Beside((
            Paragraph(w["largest"]),
            Chain((Line("h", r"=\max_i P[i]=\max\bigl(\tfrac52,\ \tfrac32,\ 0\bigr)=\res{\tfrac52},\qquad i^*=\res{0}"),)),
        ), pool, rule=w["winner"], mark="3"),), ("h",)),
        Passage(w["layer"], (Chain((
            Line("z", r"=W h=\bigl(\tfrac25\cdot\tfrac52,\ \tfrac45\cdot\tfrac52\bigr)=\res{(1,\ 2)}", "$z[k]=W[k]\\,h$", "4"),
        )),), ("z",)),
        Passage("Softmax", (Chain(softmax),), ("y",)),
        Passage(w["loss"], (Chain((
            Line("L", r"=-\log y[0]=-\log\frac1{1+e}=\res{\log(1+e)}\approx1.3133", mark="6", note=w["only"]),
        )),), ("L",)),
    )  # fmt: skip


def backward(w: dict[str, str]) -> tuple[Block, ...]:
    picture = BackwardPicture(
        (
            BackNode("X"), BackNode("S", S, ("0.2924", "0", "0"), "11"),
            BackNode("P", ("5/2", "3/2", "0"), ("0.2924", "0", "0"), "10"), BackNode("h", ("5/2",), ("0.2924",), "9"),
            BackNode("z", ("1", "2"), ("-0.7311", "0.7311"), "7"), BackNode("L", ("1.3133",)),
        ),
        (
            BackLink(w["convolve"], "", (BackParameter("U", "12"),)), BackLink("ReLU", "$[S>0]$"),
            BackLink(w["pool"], "$[i=i^*]$"), BackLink(w["linear"], "$W$", (BackParameter("W", "8"),)),
            BackLink(r"softmax, $-\log$", "$y-t$"),
        ), w["values"], w["gradients"],
    )  # fmt: skip
    down = Chain((
        Line(r"\dL z", r"=y-t=\bw{\Bigl(-\frac{e}{1+e},\ \frac{e}{1+e}\Bigr)\approx(-0.7311,\ 0.7311)}", w["soft"], "7"),
        Line(r"\dL{W[k]}", r"=h\,\dL{z[k]}\approx\bw{(-1.8276,\ 1.8276)}", w["chain rule"], "8"),
        Line(r"\dL h", r"=\sum_k W[k]\,\dL{z[k]}=\frac{2e}{5(1+e)}\approx\bw{0.2924}", w["paths"], "9"),
        Line(r"\dL{P[i]}", r"=[\,i=i^*\,]\,\dL h\approx\bw{(0.2924,\ 0,\ 0)}", w["takes all"], "10"),
        Line(r"\dL{S[i]}", r"=[\,S[i]>0\,]\,\dL{P[i]}\approx\bw{(0.2924,\ 0,\ 0)}", w["mask"], "11"),
    ))  # fmt: skip
    kernel = Chain((
        Line(r"\dL{U[a,b]}", r"=\sum_i \dL{S[i]}\;\dd{S[i]}{U[a,b]}", w["chain rule"]),
        Line("", r"=\sum_i \dL{S[i]}\;\dd{}{U[a,b]}\sum_{a',b'}U[a',b']\,X[i+a',b']", w["definition"]),
        Line("", r"=\sum_i \dL{S[i]}\,\sum_{a',b'}\,[a'=a]\,[b'=b]\,X[i+a',b']", w["entry"]),
        Line("", r"=\sum_i \dL{S[i]}\;X[i+a,b]", w["delta"], "12"),
    ))  # fmt: skip
    first = Chain((
        Line(r"\dL{U[0,0]}", r"=\dL{S[0]}\,X[0,0]+\dL{S[1]}\,X[1,0]+\dL{S[2]}\,X[2,0]"),
        Line("", r"\approx\bw{0.2924}\cdot1+\bw{0}\cdot0+\bw{0}\cdot2=\bw{0.2924}"),
        Line(r"\dL U", r"\approx\bw{0.2924}\begin{mat}1&0&2\\0&1&-1\end{mat}\approx\bw{" + MAT_DU + "}"),
    ))  # fmt: skip
    grads = GradWindow(X, "X", (
        WeighedWindow(0, 0, 2, 3, "0.2924", True), WeighedWindow(1, 0, 2, 3, "0"), WeighedWindow(2, 0, 2, 3, "0"),
    ))  # fmt: skip
    return (
        Paragraph(w["walk"]),
        FigureRow((picture,)),
        Passage(w["to output"], (down,), ("z", "h", "P", "S"), "bw"),
        Passage(w["kernel"], (kernel,), ("S",), "bw"),
        Passage(w["first"], (Beside((first,), grads, w["six"]),)),
    )


LOOP = '''def corr2d_loop(X, K, bias, stride, padding, dilation):
    """Output of corr2d, written as loop.

    Y[i, j] += K[a, b] * Xp[i*sh + a*dh, j*sw + b*dw]
    Y[i, j] += bias[0]
    """
    sh, sw = stride
    ph, pw = padding
    Ho = (Hp - (kh - 1)*dh - 1)//sh + 1
    Wo = (Wp - (kw - 1)*dw - 1)//sw + 1

    Xp = X.new_zeros(Hp, Wp)
    Xp[ph : ph + H, pw : pw + W] = X  # the padding stays 0
    for i in range(Ho):
        rows = slice(i*sh, i*sh + kh*dh, dh)
        for j in range(Wo):
            cols = slice(j*sw, j*sw + kw*dw, dw)
            Y[i, j] = torch.sum(Xp[rows, cols] * K) + bias[0]
            Y[n, g*Og + o, i, j] = torch.sum(Xp[n, channels, rows, cols] * K[g*Og + o]) + bias[g*Og + o]
    return Y if Y.dim() == 2 else ValueError('a "quoted" text -- with {braces} & 100 % <<signs>>')
'''


def learning(w: dict[str, str]) -> tuple[Block, ...]:
    update = Chain((
        Line("U'", rf"=U-\alpha\,\dL U\approx{MAT_U}-\bw{{{MAT_DU}}}", w["rate"], "13"),
        Line("", r"\approx\res{\begin{mat}0.2076&-1&-0.0848\\1&0.7076&0.2924\end{mat}}"),
        Line("W'", r"=W-\alpha\,\dL W\approx\begin{mat}0.4\\0.8\end{mat}-\bw{\begin{mat}-1.8276\\1.8276\end{mat}}"
             r"\approx\res{\begin{mat}2.2276\\-1.0276\end{mat}}", mark="14"),
    ))  # fmt: skip
    again = Table(
        (Column(12, math=True), Column(46, math=True), Column(52, math=True)),
        (
            ("S", r"(2.5,\ 1.5,\ -1)", r"(0.4530,\ 1.7924,\ -1.2924)"), ("h", r"2.5,\quad i^*=0", r"1.7924,\quad i^*=1"),
            ("z", r"(1,\ 2)", r"(3.9929,\ -1.8420)"), ("y", r"(0.2689,\ 0.7311)", r"(0.9971,\ 0.0029)"),
            ("L", "1.3133", r"\res{0.0029}"),
        ), ("", w["before"], w["after"]), w["moved"],
    )  # fmt: skip
    notes = {7: w["note"], 9: r"$H_o=\lfloor (H_p-d(k-1)-1)/s\rfloor+1$", 14: "$i=0,1,2$", 15: "$\\sum_a$",
             18: r"$Y[i,j]=\sum_{a,b}K[a,b]\,X[i s+a d,\,j s+b d]$", 19: w["places"], 20: ""}  # fmt: skip
    return (
        Passage(w["update"], (Paragraph(w["every"]), update)),
        Passage(w["again"], (again,), ("L",)),
        Switch(
            (Passage(w["loop"], (listing(LOOP, notes),), ("S",)), Passage("gemm", (listing("x = a @ b", {}),))),
            ("i", "j"),
        ),
        Passage(w["conventions"], (Bullets((w["kink"], w["ties"])),)),
        Passage(w["update"], (Asked(BLANK_LINES), Room(12))),
    )


def padded(i: int, j: int, dilation: tuple[int, int] = (1, 1), direction: str = "fw") -> Window:
    big = tuple(tuple(str((r * c + r) % 4 - 1) for c in range(6)) for r in range(7))
    out = tuple(tuple("2" if (r, c) <= (i, j) else "" for c in range(4)) for r in range(4))
    line = WorkedLine(rf"Y[{i},{j}]", r"\textstyle\sum_{a,b} K[a,b]\,X[2i+a-1,2j+b-1]",
                      (r"1\cdot0+2\cdot0", r"+0\cdot0+1\cdot1", r"+3\cdot(-1)+1\cdot0"), "-2")  # fmt: skip
    return with_trees(Window(big, (("1", "2"), ("0", "1"), ("3", "1")), out, (i, j), ("X", "K", "Y"), (2, 2), ((1, 1), (1, 1)),
                  dilation, direction, line))  # fmt: skip


def general(w: dict[str, str]) -> tuple[Block, ...]:
    deep = NetworkPicture(
        tuple(TensorPicture(f"A_{k}", rf"{16 >> k}\times{24 >> k}", 16 >> k, 24 >> k, 1 + k % 3) for k in range(4))
        + tuple(TensorPicture(f"B_{k}", rf"{k + 1}\times1", k + 1, 1) for k in range(5)),
        tuple(OperationPicture(w["pool"] if k % 2 else w["convolve"],
                        () if k % 2 else (TensorPicture(f"K_{k}", r"3\times3", 3, 3, 2), TensorPicture(f"b_{k}", "2", 1, 2)))
              for k in range(8)),
    )  # fmt: skip
    back = BackwardPicture(
        tuple(BackNode(f"A_{k}", tuple(str(n) for n in range(k + 1)), ("0.1234", "-0.5") * k, str(k)) for k in range(9)),
        tuple(BackLink(w["pool"], "$[i=i^*]$", (BackParameter(f"K_{k}", str(k)),) if k % 3 == 0 else ()) for k in range(8)),
        w["values"], w["gradients"],
    )  # fmt: skip
    pool = PoolFigure(tuple(tuple(str(r * c % 5) for c in range(4)) for r in range(4)), (("1", "3"), ("4", "")),
                      (2, 0, 2, 2), (3, 1), ("P", "Q"), ("max",), at=(1, 0))  # fmt: skip
    ten = Chain(tuple(
        Line(r"\dL{X[h,w]}" if not k else "", r"=\sum_{i,j}\dL{Y[i,j]}\sum_{a,b}K[a,b]\,[h=2i+a-1]\,[w=2j+b-1]",
             w["delta"] if k % 2 else w["chain rule"], str(20 + k), w["six"] if k == 4 else "", k == 7)
        for k in range(10)
    ))  # fmt: skip
    half = LOOP.split("\n")
    return (
        Passage(
            w["convolution"],
            (
                Paragraph(w["padded"]),
                FigureRow(tuple(padded(i, j) for i, j in ((0, 0), (1, 1), (3, 2)))),
                FigureRow((padded(0, 1, (2, 3), "bw"), pool)),
            ),
        ),
        Passage(w["long"], (ten, Worked((padded(0, 0).worked or WorkedLine("", ""),)))),
        Passage(w["deeper"], (FigureRow((deep,)), FigureRow((back,)))),
        Passage(w["deeper"], (FigureRow((JOINED,)), FigureRow((ADDED,)))),
        Passage(w["loop"], (listing("\n".join(half[:13] * 3 + half[13:-2]), {k: w["note"] for k in range(8, 50, 6)}),)),
        Need(30),
        Verified(w["verification"], tuple(w["verified"].split("\n"))),
    )
