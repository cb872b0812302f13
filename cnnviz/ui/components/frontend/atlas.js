// All channels of one tensor as colors, side by side on an off-screen canvas.

import { paintValues, pixelWords } from "./colors.js";
import { contextOf, newCanvas } from "./elements.js";

/** @typedef {import("./message.js").NamedArray} NamedArray */

export class Atlas {
  constructor() {
    this.canvas = newCanvas(1, 1);
    this.shape = [1, 1, 1]; // channels, height, width
    this.columns = 1;
  }

  /**
   * @param {NamedArray} array  (C, H, W)
   * @param {Uint8Array} table  of colors
   * @param {(channel: number) => import("./colors.js").Ends} ends  of a channel's color scale
   */
  paint({ shape, values }, table, ends) {
    const [channels, height, width] = shape;
    this.columns = Math.ceil(Math.sqrt((channels * height) / width));
    const image = this.resize(shape);
    const words = pixelWords(table);
    for (let channel = 0; channel < channels; channel++) {
      const start = channel * height * width;
      paintValues(image, this.place(channel), [height, width], values, start, words, ends(channel));
    }
    contextOf(this.canvas).putImageData(image, 0, 0);
  }

  /**
   * Paint a color image as one channel.
   *
   * @param {NamedArray} array  uint8, (H, W, 3)
   */
  paintPicture({ shape: [height, width], values }) {
    this.columns = 1;
    const image = this.resize([1, height, width]);
    for (let i = 0; i < height * width; i++) {
      image.data.set(values.subarray(3 * i, 3 * i + 3), 4 * i);
      image.data[4 * i + 3] = 255;
    }
    contextOf(this.canvas).putImageData(image, 0, 0);
  }

  /** @param {number[]} shape */
  resize(shape) {
    const [channels, height, width] = shape;
    this.shape = shape;
    this.canvas.width = this.columns * width;
    this.canvas.height = Math.ceil(channels / this.columns) * height;
    return new ImageData(this.canvas.width, this.canvas.height);
  }

  /**
   * Return the upper left pixel, x and y, of a channel's map.
   *
   * @param {number} channel
   * @returns {[number, number]}
   */
  place(channel) {
    const [, height, width] = this.shape;
    return [(channel % this.columns) * width, Math.floor(channel / this.columns) * height];
  }
}
