// Keeps the pictures of digits for the views on this page, so that they are sent only once.
//
// `data` is the message that embedding_view.py packs: { name, arrays: { pictures } }.

import { unpack } from "../../components/frontend/message.js";

export default function ({ data }) {
  const { name, arrays } = unpack(data);
  globalThis.cnnvizDigits = { ...globalThis.cnnvizDigits, [name]: arrays.pictures };
  dispatchEvent(new Event("cnnviz-digits"));
}
