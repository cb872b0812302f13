"""A guided tour of ten minutes: from a drawn digit to two networks compared, on the real pages."""

from cnnviz.teaching.guide import Guide, Step

_NETWORK = {"network": "shipped-mnist_cnn"}

_ROWS = (
    Step(
        "draw",
        "draw",
        "A digit becomes numbers",
        "To a network an image is a table of numbers: here 28 × 28, 0 for black and 1 for white, "
        "which the network first rescales. "
        "It turns them into ten [[logits|logit]], one for each digit, and the [[softmax]] turns "
        "these into probabilities.",
        "Draw a digit. Watch the bars while the pen moves: when does the answer change? Then look "
        "at the small image, which is all that the network receives.",
        target="draw_pad",
        minutes=1.5,
    ),
    Step(
        "early",
        "inside",
        "Early: strokes and edges",
        "Each square in the first column is a [[feature map]]: the image after one small "
        "[[kernel]] has slid over it. Where the map is dark, the kernel found its pattern.",
        "Find a map that marks only upper edges, and one that looks like the whole digit. Point at "
        "a map to read its values.",
        query={**_NETWORK, "view": "guided"},
        target="inside_view",
        drawing=True,
    ),
    Step(
        "late",
        "inside",
        "Late: parts of digits",
        "Every further layer combines the maps before it, and [[pooling]] makes them smaller. Late "
        "maps no longer look like the digit: each answers whether some part is there, and roughly "
        "where.",
        "Go through the layers from left to right. Which of them make the maps smaller? Choose "
        "another digit, and see which late maps go out.",
        query={**_NETWORK, "view": "layers"},
        target="inside_layers",
        drawing=True,
    ),
    Step(
        "convolution",
        "convolution",
        "One number, worked out",
        "There is no more to a [[convolution]] than this: nine pixels, nine weights, nine products "
        "and their sum. The same nine weights are used at every position.",
        "Point at positions of the output and follow the patch in the input. Where is the sum "
        "large? Compare the patch with the kernel there.",
        query={**_NETWORK, "layer": "conv1"},
        target="worked_view",
        minutes=1.5,
        drawing=True,
    ),
    Step(
        "field",
        "field",
        "What a unit sees",
        "A unit of a later layer reads a patch of the layer before, which read a patch before it. "
        "All pixels that can change it are its [[receptive field]].",
        "Click a unit in the last map. Its box grows from map to map back to the input. Then "
        "choose a deeper layer above: when does a unit see the whole digit?",
        query={**_NETWORK, "layer": "relu2"},
        target="field_boxes",
        drawing=True,
    ),
    Step(
        "why",
        "why",
        "Why this answer",
        "An [[attribution]] method says how much each pixel contributed to the answer. Methods "
        "disagree, so each map is tested here: does the answer really fall when its pixels are "
        "removed?",
        "Which strokes speak for the answer, and which against it? Read the verdict beside a map "
        "before you believe it.",
        query=_NETWORK,
        target="why_maps",
        drawing=True,
    ),
    Step(
        "train",
        "train",
        "Watch it learn",
        "None of these weights was set by hand. They start at random, and after every [[batch]] "
        "of digits each moves a little in the direction that lowers the [[loss]].",
        "Press Train. Within seconds the curves begin to move: at what loss do they start, and "
        "when is the network right nine times out of ten?",
        query={"train_model": "mnist_cnn"},
        target="train_form",
        minutes=2.0,
    ),
    Step(
        "compare",
        "compare",
        "Two networks side by side",
        "LeNet-5 is from 1998 and has a seventh of the [[parameters|parameter]]. Whether a network "
        "is better depends on what is asked: accuracy, latency, or size.",
        "Which of the two would you put on a phone? Look at the interval of each accuracy before "
        "you decide.",
        query={
            "compare": ("shipped-mnist_cnn", "shipped-lenet5"),
            "compare_view": "table",
        },
        target="compare_table",
        minutes=1.5,
    ),
)

TOUR = Guide("tour", "Guided tour", _ROWS)
