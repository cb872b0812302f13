// Store pictures of digits for the views of this page, so that they are sent once.

import { keepDigits } from "../../components/frontend/digits.js";
import { unpack } from "../../components/frontend/message.js";

/** @type {import("../../components/frontend/component.js").Component<Uint8Array>} */
export default function digitStore({ data }) {
  const { name, arrays } = unpack(data);
  keepDigits(name, arrays.pictures.values); // uint8, (N, 28, 28)
  return () => {};
}
