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
  const found = workedData(data);
  panel.onWeight = found.weights ? (weight) => setStateValue("weight", { ...weight, layer: found.layer }) : null;
  const moved = view.subject !== found.subject;
  view.subject = found.subject;
  panel.show(found, moved ? found.unit : { ...panel.unit, channel: found.unit.channel });
  return () => {
    panel.close();
    WORKED_VIEWS.delete(parentElement);
  };
}

// The arrays of a message under the names that worked.js knows them by
function workedData(message) {
  const header = unpack(message);
  const { bias, light, dark, ...arrays } = header.arrays;
  const colours = { light: light.values, dark: dark.values };
  return { ...header, ...arrays, bias: bias?.values, colours };
}
