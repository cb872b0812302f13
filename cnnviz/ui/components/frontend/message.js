// The messages that component.py packs: a JSON header and named arrays in one binary message.

/** @typedef {Uint8Array<ArrayBuffer> | Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>} Values */
/**
 * @template {Values} [V=Values]
 * @typedef {{ shape: number[], values: V }} NamedArray  values in row-major order
 */
/**
 * @template Header
 * @template {string} [Names=string]
 * @typedef {Header & { arrays: Record<Names, NamedArray> }} Message
 */

const TYPES = { uint8: Uint8Array, int16: Int16Array, float32: Float32Array };

/**
 * Return the header of a message, with its arrays by name.
 *
 * @param {Uint8Array} message  the length of the header as uint32, the header, then the arrays
 * @returns {any} the header's fields, and "arrays" with a NamedArray under each name
 */
export function unpack(message) {
  const bytes = message.slice(); // a buffer of its own, so that arrays are aligned
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  for (const [name, { type, shape, start }] of Object.entries(header.arrays)) {
    const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const ArrayType = TYPES[/** @type {keyof typeof TYPES} */ (type)];
    header.arrays[name] = { shape, values: new ArrayType(bytes.buffer, 4 + length + start, count) };
  }
  return header;
}
