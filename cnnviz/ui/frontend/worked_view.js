// The panel of a unit worked out as a component of its own: unpacks the message of worked_view.py.

const WORKED_VIEWS = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".worked-view");
  let view = WORKED_VIEWS.get(parentElement);
  if (!view) {
    view = { panel: new Worked(root) };
    WORKED_VIEWS.set(parentElement, view);
  }
  const { panel } = view;
  panel.onPick = (unit) => setStateValue("unit", { ...unit, layer: panel.data.layer });
  const found = workedUnpack(data);
  panel.onWeight = found.weights ? (weight) => setStateValue("weight", { ...weight, layer: found.layer }) : null;
  const moved = view.subject !== found.subject;
  view.subject = found.subject;
  panel.show(found, moved ? found.unit : { ...panel.unit, channel: found.unit.channel });
  return () => {
    panel.close();
    WORKED_VIEWS.delete(parentElement);
  };
}

function workedUnpack(message) {
  const bytes = message.slice(); // a copy of its own, so that the arrays are aligned
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  for (const [name, place] of Object.entries(header.arrays)) {
    const count = place.shape.reduce((product, size) => product * size, 1);
    const kind = place.type === "uint8" ? Uint8Array : Float32Array;
    header[name] = { shape: place.shape, values: new kind(bytes.buffer, 4 + length + place.start, count) };
  }
  header.bias &&= header.bias.values;
  header.colours = { light: header.light.values, dark: header.dark.values };
  return header;
}
