// Numbers as text.

const BELOW_ONE = 1 - 2 ** -24; // the largest float32 below 1

/**
 * Return a share in percent; ">99.9%" if it only rounds to 100%.
 *
 * `percent` in percentages.py follows the same rule; both are tested with the same cases.
 *
 * @param {number} share  0 to 1
 * @param {number} [places]  decimals
 */
export function percent(share, places = 1) {
  const text = (100 * share).toFixed(places);
  if (share < 1 && Number(text) === 100) return `>${(100 - 10 ** -places).toFixed(places)}%`;
  return `${text}%`;
}

/**
 * Return a probability in percent; a softmax that float32 rounds to 1 is shown as ">99.9%".
 *
 * @param {number} value  0 to 1
 * @param {number} [places]  decimals
 */
export const probability = (value, places = 1) => percent(Math.min(value, BELOW_ONE), places);

/**
 * Return a number with at most `digits` significant digits and a true minus sign.
 *
 * @param {number} value
 * @param {number} digits
 */
export function significant(value, digits) {
  return value === 0 ? "0" : trueMinus(String(Number(value.toPrecision(digits))));
}

/** @param {string} text  of a number */
export const trueMinus = (text) => text.replace("-", "−");
