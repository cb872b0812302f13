// Values as colors: where a value lies in a table of 256 colors, 768 bytes.

// The table as words of a canvas' pixels
export function wordsOf(table) {
  const words = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    words[i] = (255 << 24) | (table[3 * i + 2] << 16) | (table[3 * i + 1] << 8) | table[3 * i];
  }
  return words;
}

// Paint the map of (height, width) that begins at `start` into an ImageData, its corner at (x, y).
// `low` and `high` are the ends of the scale; what is not a number stays transparent.
export function paintValues(image, [x, y], [height, width], values, start, words, { low, high, magnitude }) {
  const pixels = new Uint32Array(image.data.buffer);
  const perValue = high > low ? 255 / (high - low) : 0;
  let from = start;
  for (let row = 0; row < height; row++) {
    let to = (y + row) * image.width + x;
    for (let column = 0; column < width; column++) {
      const value = magnitude ? Math.abs(values[from++]) : values[from++];
      pixels[to++] = words[Math.min(Math.max(Math.round((value - low) * perValue), 0), 255)];
    }
  }
}

// One map as a canvas, a pixel for a value
export function pictureOf([height, width], values, start, table, ends) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  paintValues(image, [0, 0], [height, width], values, start, wordsOf(table), ends);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// Red, green and blue of one value
export function colorOf(value, table, { low, high }) {
  const at = 3 * Math.min(Math.max(Math.round((255 * (value - low)) / (high - low)), 0), 255);
  return table.subarray(at, at + 3);
}

// The table as a background, from the lowest value to the highest
export function gradientOf(table) {
  const stops = [0, 32, 64, 96, 128, 160, 192, 224, 255].map(
    (i) => `rgb(${table.subarray(3 * i, 3 * i + 3).join()})`,
  );
  return `linear-gradient(90deg, ${stops.join()})`;
}
