"""Building blocks of exported models; each export copies those that it needs (runtime/export/torch/module.ts)."""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F


class ImageEmbedding(nn.Module):
    """Pixels [B, C, S, S] to tokens [B, 1 + patches, width], the class token first."""

    def __init__(self, width, patch, channels, position=None):
        super().__init__()
        self.patch = nn.Conv2d(channels, width, kernel_size=patch, stride=patch)
        self.cls = nn.Parameter(torch.zeros(width))
        if isinstance(position, nn.Parameter):
            self.position = position
        else:
            self.register_buffer("position", position, persistent=False)

    def forward(self, image):
        patches = self.patch(image).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls.expand(len(image), 1, -1), patches], dim=1)
        return tokens if self.position is None else tokens + self.position


class TextEmbedding(nn.Module):
    """Ids [B, T] to tokens [B, T, width], as in BERT: word, token type (one for all) and position embeddings, layer norm."""

    def __init__(self, width, vocabulary, eps, positions=None):
        super().__init__()
        self.word = nn.Embedding(vocabulary, width)
        self.types = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=eps)
        self.position = None if positions is None else nn.Parameter(torch.zeros(positions, width))

    def forward(self, ids):
        tokens = self.word(ids) + self.types.weight[0]
        if self.position is not None:
            tokens = tokens + self.position[: ids.shape[1]]
        return self.norm(tokens)


def sincos_positions(side, width):
    """Sine-cosine positions [1 + patches, width] of each patch's column, then of its row; zeros for the class token (MAE)."""
    frequencies = 1 / 10000 ** (torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    angles = torch.arange(side, dtype=torch.float64)[:, None] * frequencies
    waves = torch.cat([angles.sin(), angles.cos()], dim=1)
    columns, rows = waves.repeat(side, 1), waves.repeat_interleave(side, dim=0)
    return F.pad(torch.cat([columns, rows], dim=1), (0, 0, 1, 0)).float()


class RelativeBias(nn.Module):
    """Relative position bias per layer and head: between patches, between words, and between the two."""

    def __init__(self, layers, heads, side, span):
        super().__init__()
        self.layers, self.heads, self.side, self.span = layers, heads, side, span
        self.patch_rows = (2 * side - 1) ** 2 + 3
        self.table = nn.Parameter(torch.zeros(self.patch_rows + 2 + 2 * span, heads * layers))

    def forward(self, view, text):
        """[layers, 1, heads, N, N] for a view with text of length `text`."""
        index = {"image": self.of_image, "text": lambda: self.of_text(text), "pair": lambda: self.of_pair(text)}[view]()
        return self.table[index].permute(2, 0, 1).unflatten(0, (self.layers, 1, self.heads))

    def of_image(self):
        side, last = self.side, self.patch_rows - 1
        places = torch.cartesian_prod(torch.arange(side), torch.arange(side))
        down, across = (places[:, None] - places[None] + side - 1).unbind(-1)
        index = torch.full((side**2 + 1, side**2 + 1), last)
        index[0, 1:], index[1:, 0] = last - 2, last - 1
        index[1:, 1:] = down * (2 * side - 1) + across
        return index.to(self.table.device)

    def of_text(self, length):
        last = len(self.table) - 1
        places = torch.arange(length)
        index = places[None] - places[:, None] + self.span - 2 + self.patch_rows + 2
        index[0], index[:, 0], index[0, 0] = last - 2, last - 1, last
        return index.to(self.table.device)

    def of_pair(self, length):
        text, image = self.of_text(length), self.of_image()
        to_image = torch.full((len(text), len(image)), self.patch_rows, device=text.device)
        return torch.cat([torch.cat([text, to_image], dim=1), torch.cat([to_image.T + 1, image], dim=1)])


class Attention(nn.Module):
    """Multi-head attention with shared projections for all modalities."""

    def __init__(self, width, heads, bias):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        for name in ("query", "key", "value"):
            self.register_parameter(f"{name}_bias", nn.Parameter(torch.zeros(width)) if name in bias else None)
        self.proj = nn.Linear(width, width)

    def project(self, x):
        """Queries, keys and values [B, heads, N, width / heads]."""
        biases = [self.query_bias, self.key_bias, self.value_bias]
        parts = self.qkv(x).chunk(3, dim=-1)
        parts = [part if bias is None else part + bias for part, bias in zip(parts, biases)]
        return [part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts]

    def forward(self, x, mask, text):
        mixed = F.scaled_dot_product_attention(*self.project(x), attn_mask=mask)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class SplitAttention(nn.Module):
    """Multi-head attention with separate projections for text and image tokens."""

    def __init__(self, width, heads, bias):
        super().__init__()
        self.text = Attention(width, heads, bias)
        self.image = Attention(width, heads, bias)

    def forward(self, x, mask, text):
        parts = zip(self.text.project(x[:, :text]), self.image.project(x[:, text:]))
        mixed = F.scaled_dot_product_attention(*(torch.cat(both, dim=2) for both in parts), attn_mask=mask)
        mixed = mixed.transpose(1, 2).flatten(2)
        return torch.cat([self.text.proj(mixed[:, :text]), self.image.proj(mixed[:, text:])], dim=1)


class FeedForward(nn.Module):
    """A feed-forward expert: a norm and two linear layers."""

    def __init__(self, width, hidden, activation, eps):
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=eps)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)
        self.activation = activation

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(self.norm(x))))


class Block(nn.Module):
    """A layer: attention over all tokens, then each token through its expert.

    `serves` names the expert of a view. Without one for pairs, their text and image tokens go to the experts of texts
    and of images.
    """

    def __init__(self, width, attention, experts, serves, eps, layer_scale):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.attention = attention
        self.experts = nn.ModuleDict(experts)
        self.serves = serves
        scales = {name: nn.Parameter(torch.ones(width)) for name in ("attention", "ffn")}
        self.layer_scale = nn.ParameterDict(scales) if layer_scale else None

    def scaled(self, x, branch):
        return x if self.layer_scale is None else x * self.layer_scale[branch]

    def forward(self, x, mask, route, text):
        x = x + self.scaled(self.attention(self.norm1(x), mask, text), "attention")
        return x + self.scaled(self.feed_forward(x, route, text), "ffn")

    def feed_forward(self, x, route, text):
        if route in self.serves:
            return self.experts[self.serves[route]](x)
        ours = self.experts[self.serves["text"]](x[:, :text]), self.experts[self.serves["image"]](x[:, text:])
        return torch.cat(ours, dim=1)


class Expert(NamedTuple):
    """The views of an expert, and the layers, from 1, that contain one of its kind."""

    views: list
    hidden: int
    activation: object
    layers: object


class Trunk(nn.Module):
    """The trunk shared by all heads: embeddings of images and texts, and the layers they pass through together or alone."""

    def __init__(
        self,
        width,
        layers,
        heads,
        experts,
        eps,
        image_embedding,
        text_embedding,
        modalities,
        attention,
        bias,
        layer_scale,
        relative_bias=None,
        pooler=True,
    ):
        super().__init__()
        self.image_embedding = image_embedding
        self.text_embedding = text_embedding
        # 0: text, 1: an image, 2: the second of two images.
        self.modality_embedding = nn.Embedding(modalities, width)
        self.relative_bias = relative_bias
        self.layers = nn.ModuleList()
        for layer in range(1, layers + 1):
            here = {name: expert for name, expert in experts.items() if layer in expert.layers}
            serves = {}
            for name, expert in here.items():
                for view in expert.views:
                    serves.setdefault(view, name)
            made = {name: FeedForward(width, each.hidden, each.activation, eps) for name, each in here.items()}
            self.layers.append(Block(width, attention(width, heads, bias), made, serves, eps, layer_scale))
        self.final_norm = nn.LayerNorm(width, eps=eps)
        self.pooler = nn.Linear(width, width) if pooler else None
        self.heads = nn.ModuleDict()

    def embed(self, view, image=None, text_ids=None, second=False):
        """The tokens of a view [B, N, width]: text first, then image."""
        parts = []
        if view != "image":
            parts.append(self.text_embedding(text_ids) + self.modality_embedding.weight[0])
        if view != "text":
            parts.append(self.image_embedding(image) + self.modality_embedding.weight[2 if second else 1])
        return torch.cat(parts, dim=1)

    def masks(self, view, length, text, text_masks=None, causal=False):
        """The attention bias of each layer: relative position bias, and HIDDEN where attention is masked."""
        device = self.modality_embedding.weight.device
        bias = torch.zeros(len(self.layers), 1, 1, 1, 1, device=device)
        if self.relative_bias is not None:
            bias = self.relative_bias(view, text)
        if text_masks is not None:
            padding = F.pad((1 - text_masks.to(bias)) * HIDDEN, (0, length - text))
            bias = bias + padding[:, None, None]
        return bias + causal_mask(text, length, device) if causal else bias

    def encode(self, view, image=None, text_ids=None, text_masks=None, second=False, causal=False):
        """States [B, N, width]: the embeddings, then the output of each layer."""
        states = [self.embed(view, image, text_ids, second)]
        text = 0 if view == "image" else text_ids.shape[1]
        for block, mask in zip(self.layers, self.masks(view, states[0].shape[1], text, text_masks, causal)):
            states.append(block(states[-1], mask, view, text))
        return states

    def top(self, view, **inputs):
        """Tokens [B, N, width] after the last layer and the final norm."""
        return self.final_norm(self.encode(view, **inputs)[-1])

    def fused(self, view, text_masks=None, **inputs):
        """The same for a single modality, through the fusion experts in the upper layers."""
        first = max((n for n, block in enumerate(self.layers) if "pair" not in block.serves), default=-1) + 1
        x = self.encode(view, text_masks=text_masks, **inputs)[first]
        text = 0 if view == "image" else x.shape[1]
        masks = self.masks(view, x.shape[1], text, text_masks)
        for block, mask in zip(self.layers[first:], masks[first:]):
            x = block(x, mask, "pair", text)
        return self.final_norm(x)

    def pooled(self, tokens):
        return torch.tanh(self.pooler(tokens[:, 0]))

    def forward(self, head, **inputs):
        """The output of a head: `model("label", image=…)`."""
        return getattr(self, f"forward_{head}")(**inputs)


class Classifier(nn.Module):
    """Logits [B, classes] of vectors."""

    def __init__(self, inputs, hidden, classes, eps):
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.norm = nn.LayerNorm(hidden, eps=eps)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.fc2(F.gelu(self.norm(self.fc1(x))))


class LinearClassifier(nn.Module):
    """Logits [B, classes] of vectors."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.fc2 = nn.Linear(inputs, classes)

    def forward(self, x):
        return self.fc2(x)


class Matching(nn.Module):
    """Logits [B, 2]: false, true."""

    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, 2)

    def forward(self, x):
        return self.fc(x)


class Contrast(nn.Module):
    """Unit vectors; the dot product of an image's and a text's, times `scale.exp()`, is their similarity."""

    def __init__(self, width, fused=False, biased=False):
        super().__init__()
        for branch in ("", "fused_") if fused else ("",):
            for side in ("image", "text"):
                self.add_module(f"{branch}{side}", nn.Linear(width, width, bias=False))
            self.register_parameter(f"{branch}scale", nn.Parameter(torch.zeros(())))
            if biased:
                self.register_parameter(f"{branch}bias", nn.Parameter(torch.zeros(())))

    def forward(self, x, side):
        return F.normalize(self.get_submodule(side)(x), dim=-1, eps=0)


class Words(nn.Module):
    """Logits [B, T, vocabulary] of tokens; with a decoder of its own, or tied to the word embeddings."""

    def __init__(self, width, vocabulary, eps, tied):
        super().__init__()
        self.transform = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=eps)
        bias = nn.ParameterDict({"bias": nn.Parameter(torch.zeros(vocabulary))})
        self.decoder = bias if tied else nn.Linear(width, vocabulary)

    def forward(self, x, table):
        hidden = self.norm(F.gelu(self.transform(x)))
        return F.linear(hidden, getattr(self.decoder, "weight", table), self.decoder.bias)


class Convolution(nn.Module):
    """Convolution of maps [B, C, side, side], norm, ReLU; `places`: the norm is over the channels at each position."""

    def __init__(self, inputs, outputs, kernel, eps, normed=True, places=False):
        super().__init__()
        self.kernel, self.eps, self.places = kernel, eps, places
        self.weight = nn.Parameter(torch.empty(outputs, inputs, *([] if kernel == 1 else [kernel, kernel])))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.norm = nn.LayerNorm(outputs) if normed else None

    def forward(self, x):
        weight = self.weight.view(*self.weight.shape[:2], self.kernel, self.kernel)
        x = F.conv2d(x, weight, self.bias, padding=self.kernel // 2)
        return x if self.norm is None else F.relu(map_norm(x, self.norm, self.eps, self.places))


class Doubling(nn.Module):
    """Transposed convolution that doubles the resolution of a map; if another follows, with a norm and an activation."""

    def __init__(self, width, eps, normed):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.empty(width, width, 2, 2))
        self.bias = nn.Parameter(torch.zeros(width))
        self.norm = nn.LayerNorm(width) if normed else None

    def forward(self, x):
        x = F.conv_transpose2d(x, self.weight, self.bias, stride=2)
        return x if self.norm is None else F.gelu(map_norm(x, self.norm, self.eps, places=False))


def map_norm(x, norm, eps, places):
    """Normalises each channel over its positions, as InstanceNorm2d; for a single position, or few pooled ones, each position
    over its channels."""
    axes = (1,) if places or x.shape[-1] == 1 else (2, 3)
    centred = x - x.mean(axes, keepdim=True)
    scaled = centred * (centred.square().mean(axes, keepdim=True) + eps).rsqrt()
    return scaled * norm.weight[:, None, None] + norm.bias[:, None, None]


def resized(x, side):
    return x if x.shape[-1] == side else F.interpolate(x, (side, side), mode="bilinear", align_corners=False)


class Pyramid(nn.Module):
    """A class for every pixel (UPerNet): logits [B, side, side, classes] from maps of layers, the finest first.

    The first map is made four times as fine as the patches, each next one to half of that.
    """

    pools = (1, 2, 3, 6)

    def __init__(self, width, hidden, classes, levels, eps):
        super().__init__()
        numbers = [str(level) for level in range(1, levels + 1)]
        doublings = {number: max(0, 3 - int(number)) for number in numbers}
        self.up = nn.ModuleDict(
            {
                number: nn.ModuleDict({str(i): Doubling(width, eps, normed=i < count) for i in range(1, count + 1)})
                for number, count in doublings.items()
                if count > 0
            }
        )
        self.lateral = nn.ModuleDict({number: Convolution(width, hidden, 1, eps) for number in numbers[:-1]})
        self.pool = nn.ModuleDict({str(side): Convolution(width, hidden, 1, eps, places=True) for side in self.pools})
        self.bottleneck = Convolution(width + len(self.pools) * hidden, hidden, 3, eps)
        self.fpn = nn.ModuleDict({number: Convolution(hidden, hidden, 3, eps) for number in numbers[:-1]})
        self.fusion = Convolution(levels * hidden, hidden, 3, eps)
        self.classifier = Convolution(hidden, classes, 1, eps, normed=False)

    def forward(self, maps):
        *finer, top = (self.level(x, number) for number, x in enumerate(maps, start=1))
        side = top.shape[-1]
        around = [resized(self.pool[str(each)](F.adaptive_avg_pool2d(top, each)), side) for each in self.pools]
        outputs = [self.bottleneck(torch.cat([top, *around], dim=1))]
        for number, x in reversed(list(enumerate(finer, start=1))):
            x = self.lateral[str(number)](x)
            outputs.insert(0, x + resized(outputs[0], x.shape[-1]))
        last = len(outputs)
        outputs = [x if number == last else self.fpn[str(number)](x) for number, x in enumerate(outputs, start=1)]
        fused = self.fusion(torch.cat([resized(x, outputs[0].shape[-1]) for x in outputs], dim=1))
        return self.classifier(fused).permute(0, 2, 3, 1)

    def level(self, x, number):
        if number > 3:
            return F.max_pool2d(x, min(2, x.shape[-1]))
        for doubling in self.up[str(number)].values() if str(number) in self.up else ():
            x = doubling(x)
        return x


def map_of(tokens):
    """Tokens [B, 1 + side², width] as a map [B, width, side, side]."""
    side = round((tokens.shape[1] - 1) ** 0.5)
    return tokens[:, 1:].transpose(1, 2).unflatten(2, (side, side))


def causal_mask(text, length, device):
    """Causal mask [N, N]: text attends to the text up to itself and the image, images only to themselves."""
    query, key = torch.arange(length, device=device)[:, None], torch.arange(length, device=device)[None]
    return torch.where((key < text) & ((query >= text) | (key > query)), HIDDEN, 0.0)


# Added to the attention logit of a masked token.
HIDDEN = -1e9


def read_safetensors(path):
    """Tensors by name."""
    data = bytearray(Path(path).read_bytes())
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(data, dtype=torch.float32, offset=8 + size + begin, count=(end - begin) // 4)
            tensors[name] = flat.view(entry["shape"]).clone()
    return tensors
