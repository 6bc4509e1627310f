"""The same model the PyTorch way: nn.LSTM and pytorch-crf, batches by length.

With the argument `packed` the LSTM is given packed sequences, and so never reads padding. Without,
it is quicker, and its right-to-left half reads the padding of a batch's shorter sentences first.
"""

import sys
import time
from importlib.metadata import version

import torch
from serve import PADDING_WORD, data, serve
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torchcrf import CRF

IS_PACKED = sys.argv[2] == "packed"

arrays = data()
batch_size = int(arrays["batch_size"])
torch.manual_seed(int(arrays["seed"]))


def tensors(part):
    words = torch.from_numpy(arrays[f"{part}_words"]).long()
    tags = torch.from_numpy(arrays[f"{part}_tags"]).long()
    return words, tags, (words != PADDING_WORD).sum(1)


class Tagger(nn.Module):
    def __init__(self, num_words: int, num_tags: int):
        super().__init__()
        self.embedding = nn.Embedding(num_words, 14)
        self.lstm = nn.LSTM(14, 50, batch_first=True, bidirectional=True)
        self.dense = nn.Linear(100, 100)
        self.projection = nn.Linear(100, num_tags)
        self.crf = CRF(num_tags, batch_first=True)

    def forward(self, words, lengths):
        vectors = self.embedding(words)
        if IS_PACKED:
            packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
            hidden, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        else:
            hidden, _ = self.lstm(vectors)
        return self.projection(torch.relu(self.dense(hidden)))


train_words, train_tags, train_lengths = tensors("train")
test_words, _, test_lengths = tensors("test")
model = Tagger(int(arrays["num_words"]), len(arrays["tag_names"]))
optimizer = torch.optim.Adam(model.parameters(), float(arrays["learning_rate"]))
if steps := int(arrays["decay_steps"]):
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 1 / 20, total_iters=steps)


def epoch():
    start = time.perf_counter()
    model.train()
    by_length = torch.argsort(train_lengths + torch.rand(len(train_lengths)))
    batches = by_length.split(batch_size)
    for number in torch.randperm(len(batches)):
        rows = batches[number]
        lengths = train_lengths[rows]
        words, tags = (x[rows, : lengths.max()] for x in (train_words, train_tags))
        scores = model(words, lengths)
        loss = -model.crf(scores, tags, mask=words != PADDING_WORD, reduction="mean")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if steps:
            decay.step()
    return time.perf_counter() - start


@torch.inference_mode()
def tag():
    model.eval()
    tags = [None] * len(test_words)
    for rows in torch.argsort(test_lengths).split(batch_size):
        lengths = test_lengths[rows]
        words = test_words[rows, : lengths.max()]
        best = model.crf.decode(model(words, lengths), mask=words != PADDING_WORD)
        for row, sentence in zip(rows.tolist(), best, strict=True):
            tags[row] = sentence
    return tags


serve(f"PyTorch {torch.__version__}, pytorch-crf {version('pytorch-crf')}", epoch, tag)
