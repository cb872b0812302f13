// What makes ES modules of the files that a component's own file imports.

// Return the component's own module, which is the last of `modules`, when it has loaded. Each of
// them is [name, pieces], in the order of their imports: the pieces are its text, cut where it names
// another module, and those names. A blob: URL stands for a module, as one of a page's own files
// would; a page has each module once, however many components import it.
export function load(modules) {
  const urls = (globalThis.cnnvizModules ??= new Map());
  for (const [name, pieces] of modules) {
    if (urls.has(name)) continue;
    const text = pieces.map((piece, i) => (i % 2 ? urls.get(piece) : piece));
    urls.set(name, URL.createObjectURL(new Blob(text, { type: "text/javascript" })));
  }
  return import(urls.get(modules.at(-1)[0]));
}
