import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode, resolve_name
class M(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        print(f"   {getattr(func,'__name__','?'):28} {resolve_name(func)!s:45} {getattr(func,'__module__',None)} self={getattr(getattr(func,'__self__',None),'__name__',None)}", [type(a).__name__ if isinstance(a,torch.Tensor) else a for a in args][:8], {k:(v if not isinstance(v,torch.Tensor) else 'T') for k,v in (kwargs or {}).items()}, "->", type(out).__name__)
        return out
x=torch.randn(2,2,8,8,dtype=torch.float64)
def t(label,f):
    print(label)
    try:
        with M(): f()
    except Exception as e: print("  EXC",type(e).__name__,e)
t("conv",lambda:nn.Conv2d(2,2,3,padding='same').double()(x))
bn=nn.BatchNorm2d(2).double()
t("bn",lambda:bn(x))
t("mp",lambda:nn.MaxPool2d(2)(x)); t("fmp",lambda:F.max_pool2d(x,2,stride=1)); t("tmp",lambda:torch.max_pool2d(x,2)); t("fmpi",lambda:F.max_pool2d(x,2,return_indices=True)); t("aap",lambda:F.adaptive_avg_pool2d(x,1)); t("aap1",lambda:F.adaptive_avg_pool1d(x[0],1)); t("amp",lambda:F.adaptive_max_pool2d(x,1)); t("avg",lambda:F.avg_pool2d(x,2))
t("ops",lambda:(x+1,1-x,x*x,x/2,-x,x**2,2**x,x@x, x>0, x==0, x[0], x[:,1:], abs(x), x.T, x.shape, x.size(0), x.ndim, len(x), x.dtype, x.device))
def io():
    y=x.clone(); y+=x; y*=2; y-=1; y/=2; y[0]=0; y.relu_()
t("in place",io)
t("bool",lambda:bool(x.sum()>0)); t("float",lambda:float(x.sum())); t("item",lambda:x.sum().item()); t("iter",lambda:[r for r in x]); t("unpack", lambda: x.chunk(2))
t("fact",lambda:(torch.zeros(3),torch.arange(4),torch.zeros_like(x),x.new_zeros(2),torch.tensor([1.,2])))
t("act",lambda:(F.silu(x),nn.ReLU(inplace=True)(x.clone()),F.relu6(x),F.hardtanh(x),F.softmax(x,1),F.log_softmax(x,dim=1),F.dropout(x,training=False),F.leaky_relu(x,.1),F.elu(x),F.gelu(x),F.softplus(x),torch.sigmoid(x),x.tanh(),F.prelu(x,torch.ones(2).double())))
t("mha",lambda:nn.MultiheadAttention(4,2).double()(x[0,0].reshape(4,4,4),x[0,0].reshape(4,4,4),x[0,0].reshape(4,4,4)))
t("lstm",lambda:nn.LSTM(8,3,batch_first=True).double()(x[0]))
t("gru cell",lambda:nn.GRUCell(8,3).double()(x[0,0]))
t("loss",lambda:(nn.CrossEntropyLoss()(x[0,0],torch.tensor([0]*8)),nn.MSELoss()(x,x),F.nll_loss(x[0,0],torch.tensor([0]*8)),nn.BCELoss()(x.sigmoid(),x.sigmoid())))
t("norms",lambda:(nn.LayerNorm(8).double()(x),nn.GroupNorm(1,2).double()(x),nn.InstanceNorm2d(2)(x),F.normalize(x),nn.LocalResponseNorm(2)(x)))
t("misc",lambda:(torch.flatten(x,1),x.flatten(1),x.view(2,-1),x.reshape(2,-1),x.mean([2,3]),x.contiguous(),x.squeeze(),torch.cat([x,x],1),F.pad(x,(0,0)),F.interpolate(x,scale_factor=2),nn.Upsample(scale_factor=2)(x),nn.PixelShuffle(1)(x),x.double(),x.float(),x.to(torch.float64),x.detach(),x.data,x.clone(),x.requires_grad,x.is_cuda,x.type(),x.numel()))
t("emb",lambda:nn.Embedding(5,3)(torch.tensor([1,2])))
t("einsum",lambda:torch.einsum('bchw,bchw->bc',x,x))
t("sdpa",lambda:F.scaled_dot_product_attention(x,x,x))
t("enc",lambda:nn.TransformerEncoderLayer(8,2,16,batch_first=True).double().eval()(x[0]))
t("setattr",lambda:setattr(x,'foo',1))
t("assert",lambda:torch._assert(x.shape[0]==2,"a"))
