// Definitions of common terms, shown where the pointer rests on a caption that uses them.

// The glossary's meanings: tests/ui/components/test_terms.py compares them.
const TERMS = [
  {
    name: "feature map",
    written: /\bmaps?\b/i,
    meaning: "The image that one filter produces: where in the input it finds its pattern.",
  },
  {
    name: "kernel",
    written: /\bkernels?\b/i,
    meaning: "The small grid of weights that slides over a map.",
  },
  {
    name: "ReLU",
    written: /\bReLU\d*\b/i,
    meaning: "An activation that sets negative values to zero.",
  },
  {
    name: "pooling",
    written: /\bpool(?:ing|\d*)\b/i,
    meaning:
      "A layer that replaces each small window of a map by one value, its largest or its mean.",
  },
  {
    name: "logit",
    written: /\blogits?\b/i,
    meaning: "The score that a network gives a class before it is turned into a probability.",
  },
  {
    name: "stride",
    written: /\bstrides?\b/i,
    meaning: "How many pixels the kernel moves from one output to the next.",
  },
  {
    name: "MACs",
    written: /\bMACs?\b/,
    meaning: "Multiply-accumulate operations of a network for one image: its computational cost.",
  },
  {
    name: "attribution",
    written: /\battributions?\b/i,
    meaning: "A map that says how much each input pixel contributed to a prediction.",
  },
];
const CAPTIONS = "figcaption, .title, .strip-title, .key, .hint, .about, .sentence, .worked-line";

/**
 * Return a line for each common term that a text uses: its name and its meaning.
 *
 * @param {string} text
 */
export function meaningsIn(text) {
  const used = TERMS.filter(({ written }) => written.test(text));
  return used.map(({ name, meaning }) => `${name}: ${meaning}`);
}

/**
 * Give each caption without a title of its own the meanings of its terms.
 *
 * @param {ShadowRoot} root
 */
export function explainTerms(root) {
  for (const caption of root.querySelectorAll(CAPTIONS)) {
    if (!(caption instanceof HTMLElement)) continue;
    if (caption.title && !("terms" in caption.dataset)) continue;
    const meanings = meaningsIn(caption.textContent ?? "");
    if (!meanings.length && !caption.title) continue;
    caption.title = meanings.join("\n");
    caption.dataset.terms = "";
  }
}
