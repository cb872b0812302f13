// Load the ES modules that a component's file imports.

/** @typedef {[name: string, pieces: string[]]} PackedModule  pieces alternate between the
 *   module's text and names of imported modules: text, name, text, ... */

/**
 * Load the last of several modules; each may import those before it.
 *
 * Each module has a blob: URL. A page loads each module once, however many components import it.
 *
 * @param {string[]} names  of the modules, in the order of their imports
 * @param {string} packed  the modules as JSON, deflated, in base64
 * @returns {Promise<any>} the last module
 */
export async function load(names, packed) {
  globalThis.cnnvizModules ??= new Map();
  const urls = globalThis.cnnvizModules;
  if (!names.every((name) => urls.has(name))) {
    for (const [name, pieces] of await unpackModules(packed)) {
      if (urls.has(name)) continue;
      const text = pieces.map((piece, i) => (i % 2 ? String(urls.get(piece)) : piece));
      urls.set(name, URL.createObjectURL(new Blob(text, { type: "text/javascript" })));
    }
  }
  return import(String(urls.get(names[names.length - 1])));
}

/**
 * @param {string} packed
 * @returns {Promise<PackedModule[]>}
 */
function unpackModules(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const json = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(json).json();
}
