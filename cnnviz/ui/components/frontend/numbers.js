// Numbers as text.

const BELOW_ONE = 1 - 2 ** -24; // the largest float32 below 1

/**
 * Return a share in percent with one decimal; what is less than all is never "100.0%".
 *
 * The rule of `percent` in units.py: both are tested with the same cases.
 *
 * @param {number} share  0 to 1
 */
export function percent(share) {
  const text = (100 * share).toFixed(1);
  return share < 1 && text === "100.0" ? ">99.9%" : `${text}%`;
}

/**
 * Return a probability in percent: a softmax that float32 rounds to 1 is still less than 1.
 *
 * @param {number} value  0 to 1
 */
export const probability = (value) => percent(Math.min(value, BELOW_ONE));

/**
 * Return a number with so many significant digits at most, and a true minus sign.
 *
 * @param {number} value
 * @param {number} digits
 */
export function significant(value, digits) {
  return value === 0 ? "0" : trueMinus(String(Number(value.toPrecision(digits))));
}

/** @param {string} text  of a number */
export const trueMinus = (text) => text.replace("-", "−");
