// What every view needs: the message that component.py packs, numbers as text, the theme.

const KINDS = { uint8: Uint8Array, int16: Int16Array, float32: Float32Array };

export function unpack(message) {
  const bytes = message.slice(); // a copy of its own, so that the arrays are aligned
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  for (const [name, place] of Object.entries(header.arrays)) {
    const count = place.shape.reduce((product, size) => product * size, 1);
    header.arrays[name] = {
      shape: place.shape,
      values: new KINDS[place.type](bytes.buffer, 4 + length + place.start, count),
    };
  }
  return header;
}

export const number = (value) => (value === 0 ? "0" : String(Number(value.toPrecision(6))));
export const short = (value) => (value === 0 ? "0" : String(Number(value.toPrecision(3))));
export const percent = (share) => `${(100 * share).toFixed(1)}%`;

export function isDark(element) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.fillStyle = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
